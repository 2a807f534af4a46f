import Theme

/// A grid of character cells that views draw on; a terminal shows it, a test reads it.
struct Canvas: Equatable, Sendable {
  struct Cell: Equatable, Sendable {
    var glyph: Unicode.Scalar = " "
    var style = Style()

    /// True for two pixels of nearly the same colours: they differ by at most one of the preview's
    /// 5-bit steps.
    func looksLike(_ other: Cell) -> Bool {
      func near(_ a: Ink, _ b: Ink) -> Bool {
        guard case .rgb = a, case .rgb = b, let a = a.rgb, let b = b.rgb else { return false }
        return abs(Int(a.red) - Int(b.red)) <= 8 && abs(Int(a.green) - Int(b.green)) <= 8
          && abs(Int(a.blue) - Int(b.blue)) <= 8
      }
      return glyph == other.glyph && near(style.ink, other.style.ink)
        && near(style.ground, other.style.ground)
    }
  }

  let columns: Int
  let rows: Int
  let glyphs: Glyphs
  /// True if there are enough colours for pictures.
  let hasColors: Bool
  /// (rows, columns)
  private(set) var cells: [Cell]
  /// Shown in pixels over the cells.
  var picture: PlacedPicture?

  init(columns: Int, rows: Int, glyphs: Glyphs = .unicode, hasColors: Bool = true) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
    self.glyphs = glyphs
    self.hasColors = hasColors
    cells = .init(repeating: Cell(), count: self.columns * self.rows)
  }

  /// Cells outside the canvas are ignored, so a view need not know where it ends.
  subscript(column: Int, row: Int) -> Cell {
    get { contains(column, row) ? cells[row * columns + column] : Cell() }
    set { if contains(column, row) { cells[row * columns + column] = newValue } }
  }

  private func contains(_ column: Int, _ row: Int) -> Bool {
    column >= 0 && column < columns && row >= 0 && row < rows
  }

  /// Writes `text`, cut at `limit` columns. Characters that the glyphs lack, or that are not one
  /// column wide, become `?`, because names of cameras and files can contain anything.
  mutating func put(
    _ text: String, _ column: Int, _ row: Int, _ style: Style = Style(), limit: Int = .max
  ) {
    for (offset, glyph) in text.unicodeScalars.prefix(max(0, limit)).enumerated() {
      self[column + offset, row] = Cell(
        glyph: glyphs.canShow(glyph) ? glyph : "?", style: style)
    }
  }

  mutating func put(_ glyph: Unicode.Scalar, _ column: Int, _ row: Int, _ style: Style = Style()) {
    self[column, row] = Cell(glyph: glyph, style: style)
  }

  mutating func fill(_ area: Area, _ style: Style = Style()) {
    for row in 0..<max(0, area.rows) {
      for column in 0..<max(0, area.columns) {
        self[area.column + column, area.row + row] = Cell(glyph: " ", style: style)
      }
    }
  }

  /// One line of text per row, including trailing blanks.
  var text: [String] {
    (0..<rows).map { row in
      var line = String.UnicodeScalarView()
      for column in 0..<columns { line.append(self[column, row].glyph) }
      return String(line)
    }
  }
}

/// A rectangle of cells.
package struct Area: Equatable, Sendable {
  package var column: Int
  package var row: Int
  package var columns: Int
  package var rows: Int

  /// The rectangle without its first `count` rows.
  package func below(_ count: Int) -> Area {
    Area(column: column, row: row + count, columns: columns, rows: max(0, rows - count))
  }
}
