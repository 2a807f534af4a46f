import Inference
import Theme

extension Canvas {
  /// The last minute, the present at the right: valence above arousal, and the winning expressions
  /// as a ribbon below.
  ///
  /// - Parameter now: time of the newest reading, s; a face that left moves away from it and fades
  mutating func drawHistory(_ face: FaceDisplay?, now: Double, in area: Area) {
    // Title and ribbon; each plot has an odd number of rows with zero in the middle; then the time
    // axis, and a blank if there is room.
    let rows = (area.rows - 2) / 2
    let plotRows = rows - (rows + 1) % 2
    guard plotRows >= 1, area.columns >= 12 else {
      putTitle("Last minute", area)
      return
    }
    let spare = area.rows - 2 - 2 * plotRows
    let scale = face?.scale ?? 1
    let title = plotRows == 1 && scale != 1 ? "Last minute, to \(scaleText(scale))" : "Last minute"
    let isGone = face.map { now - $0.time > ScreenModel.holdSeconds } ?? false
    putTitle(title, area, note: isGone ? "left" : face?.rest == nil ? nil : "relative")
    let first = Area(
      column: area.column + 3, row: area.row + 1, columns: area.columns - 3, rows: plotRows)
    var second = first
    second.row += plotRows + (spare >= 2 ? 1 : 0)
    let plots: [(String, Ink, Area, (FaceDisplay, FaceDisplay.Sample) -> Float)] = [
      ("V", .valence, first, { $0.valence(of: $1) }),
      ("A", .arousal, second, { $0.arousal(of: $1) }),
    ]
    for (name, ink, plot, value) in plots {
      drawFrame(name, ink, scale, plot)
      guard let face else { continue }
      drawCurve(face, now, scale, value, face.fading(ink, now: now), in: plot)
    }
    var ribbon = second
    ribbon.row += plotRows
    if let face { drawRibbon(face, now, in: ribbon) }
    guard spare >= 1 else {
      if !isGone, face?.rest == nil {
        put("now", ribbon.column + ribbon.columns - 3, area.row, .faint)
      }
      return
    }
    for (text, age) in [("-60 s", 60), ("-45", 45), ("-30", 30), ("-15", 15)]
    where first.columns >= 40 || age == 60 {
      put(text, first.column + first.columns * (60 - age) / 60, ribbon.row + 1, .faint)
    }
    put("now", first.column + first.columns - 3, ribbon.row + 1, .faint)
  }

  private mutating func drawFrame(_ name: String, _ ink: Ink, _ scale: Float, _ plot: Area) {
    let zero = plot.row + plot.rows / 2
    for column in 0..<plot.columns { put(glyphs.horizontal, plot.column + column, zero, .faint) }
    put(name, plot.column - 3, zero, .ink(ink, bold: true))
    guard plot.rows >= 3 else { return }
    put("+\(scaleText(scale))", plot.column - 3, plot.row, .faint)
    put("-\(scaleText(scale))", plot.column - 3, plot.row + plot.rows - 1, .faint)
  }

  private mutating func drawCurve(
    _ face: FaceDisplay, _ now: Double, _ scale: Float,
    _ value: (FaceDisplay, FaceDisplay.Sample) -> Float, _ style: Style, in plot: Area
  ) {
    var dots = DotPlot(plot, glyphs)
    // One mean per column of dots, so the curve does not depend on the frame rate.
    var means = [(sum: Float, count: Int)](repeating: (0, 0), count: dots.width)
    for sample in face.history {
      let column = place(sample, now, dots.width)
      let value = value(face, sample)
      guard means.indices.contains(column), value.isFinite else { continue }
      means[column].sum += value
      means[column].count += 1
    }
    // Neighbours are joined; more than a second without a face leaves a gap.
    let reach = max(1, dots.width / Int(FaceDisplay.historySeconds))
    var last: (x: Int, y: Int)?
    for (x, mean) in means.enumerated() where mean.count > 0 {
      let height = Float(dots.height - 1)
      let value = min(1, max(-1, mean.sum / Float(mean.count) / scale))
      let y = Int(((1 - value) / 2 * height).rounded())
      if let last, x - last.x <= reach {
        for step in min(last.y, y)...max(last.y, y) where step != last.y {
          dots.put(x, step, style)
        }
      }
      dots.put(x, y, style)
      last = (x, y)
    }
    dots.draw(on: &self)
  }

  /// One stretch per winning expression, with as much of its name as fits.
  private mutating func drawRibbon(_ face: FaceDisplay, _ now: Double, in area: Area) {
    var votes = [[Int]](
      repeating: .init(repeating: 0, count: Expression.allCases.count), count: area.columns)
    for sample in face.history {
      let column = place(sample, now, area.columns)
      if votes.indices.contains(column) { votes[column][sample.expression.rawValue] += 1 }
    }
    var winners: [Expression?] = votes.map { votes in
      let most = votes.max() ?? 0
      return most == 0 ? nil : votes.firstIndex(of: most).flatMap(Expression.init)
    }
    // If frames come slowly, the last one holds for a second.
    let reach = max(1, area.columns / Int(FaceDisplay.historySeconds))
    var gap = reach
    for column in winners.indices.dropFirst() {
      gap = winners[column] == nil ? gap + 1 : 0
      if winners[column] == nil, gap <= reach, winners[column...].contains(where: { $0 != nil }) {
        winners[column] = winners[column - 1]
      }
    }
    var column = 0
    while column < winners.count {
      let end = winners[column...].firstIndex { $0 != winners[column] } ?? winners.count
      if let winner = winners[column] {
        var style = face.fading(.expression(winner), now: now)
        style.isReversed = true
        let name = winner.name.prefix(end - column)
        let blanks = String(repeating: " ", count: end - column - name.count)
        put(name + blanks, area.column + column, area.row, style)
      }
      column = end
    }
  }

  /// The column of `sample` among the `columns` that span the last minute.
  private func place(_ sample: FaceDisplay.Sample, _ now: Double, _ columns: Int) -> Int {
    let age = (now - sample.time) / FaceDisplay.historySeconds
    guard age.isFinite, abs(age) < 2 else { return -1 }
    return columns - 1 - Int(age * Double(columns))
  }

  /// `1`, `.5`
  private func scaleText(_ scale: Float) -> String {
    scale < 1 ? ".\(Int((scale * 10).rounded()))" : "\(Int(scale))"
  }
}

extension FaceDisplay {
  /// The end of the plots' scale: the smallest that holds the last minute.
  fileprivate var scale: Float {
    let peak = history.reduce(Float(0)) { peak, sample in
      [valence(of: sample), arousal(of: sample)].filter(\.isFinite).map { abs($0) }
        .reduce(peak, max)
    }
    return [0.2, 0.5, 1].first { peak <= $0 } ?? 2
  }

  fileprivate func fading(_ ink: Ink, now: Double) -> Style {
    let away = now - time
    return away <= ScreenModel.holdSeconds ? .ink(ink) : away < 10 ? .muted : .faint
  }
}
