extension Canvas {
  /// The valence-arousal plane: valence to the right, arousal upwards, the present point and where
  /// it came from in the last seconds.
  mutating func drawPlane(_ face: FaceDisplay?, in area: Area, _ glyphs: Glyphs) {
    let middleColumn = area.column + area.columns / 2
    let middleRow = area.row + area.rows / 2
    let axis = Style(ink: .faint, isDim: true)
    for column in 0..<area.columns {
      self[area.column + column, middleRow] = Cell(glyph: glyphs.horizontal, style: axis)
    }
    for row in 0..<area.rows {
      self[middleColumn, area.row + row] = Cell(glyph: glyphs.vertical, style: axis)
    }
    self[middleColumn, middleRow] = Cell(glyph: glyphs.cross, style: axis)
    put("arousal", middleColumn + 1, area.row, .dim, limit: area.columns / 2 - 1)
    put("valence", area.column + area.columns - 7, middleRow + 1, .dim)
    guard let face else { return }
    func place(_ valence: Float, _ arousal: Float) -> (Int, Int) {
      (
        area.column + Int(((valence + 1) / 2 * Float(area.columns - 1)).rounded()),
        area.row + Int(((1 - arousal) / 2 * Float(area.rows - 1)).rounded())
      )
    }
    for sample in face.trail {
      let (column, row) = place(face.valence(of: sample), face.arousal(of: sample))
      self[column, row] = Cell(glyph: glyphs.trail, style: .ink(.valence))
    }
    let (column, row) = place(face.valence, face.arousal)
    self[column, row] = Cell(glyph: glyphs.point, style: .ink(.winner, bold: true))
  }

  /// Valence and arousal over the last minute, the present at the right.
  mutating func drawHistory(_ face: FaceDisplay?, in area: Area, _ glyphs: Glyphs) {
    put("last minute", area.column, area.row, .ink(.title, bold: true), limit: area.columns)
    put(String(glyphs.valence) + " valence", area.column + 13, area.row, .ink(.valence))
    put(String(glyphs.arousal) + " arousal", area.column + 24, area.row, .ink(.arousal))
    let plot = Area(
      column: area.column + 3, row: area.row + 1, columns: area.columns - 3, rows: area.rows - 1)
    guard plot.columns > 0, plot.rows > 1 else { return }
    let zero = plot.row + (plot.rows - 1) / 2
    put("+1", area.column, plot.row, .dim)
    put(" 0", area.column, zero, .dim)
    put("-1", area.column, plot.row + plot.rows - 1, .dim)
    for column in 0..<plot.columns {
      self[plot.column + column, zero] = Cell(
        glyph: glyphs.horizontal, style: Style(ink: .faint, isDim: true))
    }
    guard let face, let now = face.history.last?.time else { return }
    func row(_ value: Float) -> Int {
      plot.row + Int(((1 - value) / 2 * Float(plot.rows - 1)).rounded())
    }
    // One mean for each column, so that the curve does not depend on the frame rate.
    var sums = [(count: Float, valence: Float, arousal: Float)](
      repeating: (0, 0, 0), count: plot.columns)
    for sample in face.history {
      let age = (now - sample.time) / FaceDisplay.historySeconds
      let column = plot.columns - 1 - Int(age * Double(plot.columns))
      guard sums.indices.contains(column) else { continue }
      sums[column].count += 1
      sums[column].valence += face.valence(of: sample)
      sums[column].arousal += face.arousal(of: sample)
    }
    for (column, sum) in sums.enumerated() where sum.count > 0 {
      let (valence, arousal) = (row(sum.valence / sum.count), row(sum.arousal / sum.count))
      self[plot.column + column, arousal] = Cell(glyph: glyphs.arousal, style: .ink(.arousal))
      self[plot.column + column, valence] = Cell(
        glyph: valence == arousal ? glyphs.both : glyphs.valence, style: .ink(.valence))
    }
  }
}
