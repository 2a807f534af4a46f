import Theme

extension Canvas {
  /// Valence above arousal over the last minute, the present at the right.
  mutating func drawHistory(_ face: FaceDisplay?, in area: Area) {
    putTitle("Last minute", area, note: face?.rest == nil ? nil : "relative")
    // The last row is the time axis; of the others each plot has an odd number, zero in the middle.
    let rows = (area.rows - 2) / 2
    let plotRows = rows - (rows + 1) % 2
    guard plotRows >= 1, area.columns >= 12 else { return }
    let spare = area.rows - 2 - 2 * plotRows
    let first = Area(
      column: area.column + 3, row: area.row + 1, columns: area.columns - 3, rows: plotRows)
    var second = first
    second.row += plotRows + min(1, spare)
    drawCurve("V", .valence, face, { $0.valence(of: $1) }, in: first)
    drawCurve("A", .arousal, face, { $0.arousal(of: $1) }, in: second)
    let axis = second.row + plotRows
    for (text, age) in [("-60 s", 60), ("-45", 45), ("-30", 30), ("-15", 15)]
    where first.columns >= 40 || age == 60 {
      put(text, first.column + first.columns * (60 - age) / 60, axis, .faint)
    }
    put("now", first.column + first.columns - 3, axis, .faint)
  }

  private mutating func drawCurve(
    _ name: String, _ ink: Ink, _ face: FaceDisplay?,
    _ value: (FaceDisplay, FaceDisplay.Sample) -> Float, in plot: Area
  ) {
    let zero = plot.row + plot.rows / 2
    for column in 0..<plot.columns { put(glyphs.horizontal, plot.column + column, zero, .faint) }
    put(name, plot.column - 3, zero, .ink(ink, bold: true))
    if plot.rows >= 3 {
      put("+1", plot.column - 3, plot.row, .faint)
      put("-1", plot.column - 3, plot.row + plot.rows - 1, .faint)
    }
    guard let face, let now = face.history.last?.time else { return }
    var dots = DotPlot(plot, glyphs)
    // One mean for each column of dots, so that the curve does not depend on the frame rate.
    var means = [(sum: Float, count: Int)](repeating: (0, 0), count: dots.width)
    for sample in face.history {
      let age = (now - sample.time) / FaceDisplay.historySeconds
      let column = dots.width - 1 - Int(age * Double(dots.width))
      guard means.indices.contains(column) else { continue }
      means[column].sum += value(face, sample)
      means[column].count += 1
    }
    // Neighbours are joined; more than a second without a face leaves a gap.
    let reach = max(1, dots.width / Int(FaceDisplay.historySeconds))
    var last: (x: Int, y: Int)?
    for (x, mean) in means.enumerated() where mean.count > 0 {
      let height = Float(dots.height - 1)
      let value = min(1, max(-1, mean.sum / Float(mean.count)))
      let y = Int(((1 - value) / 2 * height).rounded())
      if let last, x - last.x <= reach {
        for step in min(last.y, y)...max(last.y, y) where step != last.y {
          dots.put(x, step, .ink(ink))
        }
      }
      dots.put(x, y, .ink(ink))
      last = (x, y)
    }
    dots.draw(on: &self)
  }
}
