/// A face's history as the columns of a picture, from left to right.
struct Trace {
  /// nil if the face was not seen.
  let columns: [FaceMoment?]

  init(_ face: FaceHistory, of run: RunHistory, columns count: Int) {
    let (span, width) = (run.span, run.grid.width)
    let step = max(span.to - span.from, width) / Double(count)
    var columns = [FaceMoment?](repeating: nil, count: count)
    // Number of bins seen in each column.
    var counts = [Int](repeating: 0, count: count)
    var previous: (column: Int, time: Double)?
    for bin in face.bins {
      guard let moment = face.moment(bin) else { continue }
      let time = (Double(bin) + 0.5) * width
      // A bin may be narrower or wider than a column.
      let from = max(0, min(count - 1, Int((Double(bin) * width - span.from) / step)))
      let to = max(from, min(count - 1, Int((Double(bin + 1) * width - span.from) / step) - 1))
      if let previous, previous.column + 1 < from,
        time - previous.time <= max(run.longestInterval, 1.5 * width)
      {
        for column in previous.column + 1..<from { columns[column] = columns[previous.column] }
      }
      for column in from...to {
        counts[column] += 1
        let mean = counts[column] > 1 ? columns[column] : nil
        columns[column] =
          mean?.mixed(with: moment, share: 1 / Float(counts[column])) ?? moment
      }
      previous = (to, time)
    }
    self.columns = columns
  }

  /// Runs of consecutive columns in which the face was seen.
  var runs: [Range<Int>] {
    var runs: [Range<Int>] = []
    for (index, moment) in columns.enumerated() where moment != nil {
      if runs.last?.upperBound == index {
        runs[runs.count - 1] = runs[runs.count - 1].lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
    }
    return runs
  }
}
