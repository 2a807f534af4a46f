import Theme

extension Canvas {
  /// The valence-arousal plane (Russell 1980): valence to the right, arousal upwards, with the
  /// present point and its path over the last seconds.
  package mutating func drawPlane(_ face: FaceDisplay?, in area: Area) {
    putTitle(
      area.columns >= 21 ? "Valence-arousal plane" : "Plane", area,
      note: face?.rest == nil ? nil : area.columns >= 32 ? "relative" : "rel")
    // Odd on both sides, so that zero has its own column and row.
    let plot = squarePlot(in: area.below(1))
    guard plot.columns >= 3, plot.rows >= 3 else { return }
    let (middleColumn, middleRow) = (plot.column + plot.columns / 2, plot.row + plot.rows / 2)
    for column in 0..<plot.columns {
      put(glyphs.horizontal, plot.column + column, middleRow, .faint)
    }
    for row in 0..<plot.rows { put(glyphs.vertical, middleColumn, plot.row + row, .faint) }
    put(glyphs.cross, middleColumn, middleRow, .faint)
    drawPlaneLabels(plot, middleColumn, middleRow)
    guard let face else { return }

    var dots = DotPlot(plot, glyphs)
    func place(_ value: Float, _ span: Int) -> Int {
      Int(((min(1, max(-1, value)) + 1) / 2 * Float(span - 1)).rounded())
    }
    let trail = face.trail
    for (index, sample) in trail.enumerated() {
      let isRecent = index * 2 >= trail.count
      dots.put(
        place(face.valence(of: sample), dots.width),
        place(-face.arousal(of: sample), dots.height), isRecent ? Style() : .muted)
    }
    dots.draw(on: &self)
    put(
      glyphs.point, plot.column + place(face.valence, plot.columns),
      plot.row + place(-face.arousal, plot.rows),
      .ink(.expression(face.label), bold: true))
  }

  private mutating func drawPlaneLabels(_ plot: Area, _ middleColumn: Int, _ middleRow: Int) {
    if plot.columns < 31 {
      put("A", middleColumn + 1, plot.row, .ink(.arousal))
      put("V", plot.column + plot.columns - 1, middleRow + 1, .ink(.valence))
      return
    }
    put("+ arousal", middleColumn + 2, plot.row, .ink(.arousal))
    put("-", middleColumn + 2, plot.row + plot.rows - 1, .ink(.arousal))
    put("valence +", plot.column + plot.columns - 9, middleRow + 1, .ink(.valence))
    put("-", plot.column, middleRow + 1, .ink(.valence))
    guard plot.rows >= 13 else { return }
    let (top, bottom) = (plot.row + 1, plot.row + plot.rows - 2)
    put("tense", plot.column + 1, top, .faint)
    put("excited", plot.column + plot.columns - 8, top, .faint)
    put("sad", plot.column + 1, bottom, .faint)
    put("calm", plot.column + plot.columns - 5, bottom, .faint)
  }

  /// A cell is twice as high as it is wide.
  private func squarePlot(in area: Area) -> Area {
    let rows = min(area.rows, (area.columns + 1) / 2)
    let oddRows = rows - (rows + 1) % 2
    let columns = min(area.columns, 2 * oddRows + 1)
    let oddColumns = columns - (columns + 1) % 2
    return Area(
      column: area.column + (area.columns - oddColumns) / 2,
      row: area.row + (area.rows - oddRows) / 2, columns: oddColumns, rows: oddRows)
  }
}
