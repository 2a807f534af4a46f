import Theme

/// A plot in dots finer than cells: two by four per cell in braille, otherwise one by two.
struct DotPlot: Sendable {
  let area: Area
  /// Dots across and down
  let width: Int
  let height: Int
  private let dotsAcross: Int
  private let dotsDown: Int
  /// (rows, columns), one bit per dot
  private var bits: [UInt8]
  private var styles: [Style]
  private let hasBraille: Bool

  init(_ area: Area, _ glyphs: Glyphs) {
    self.area = Area(
      column: area.column, row: area.row, columns: max(0, area.columns), rows: max(0, area.rows))
    hasBraille = glyphs.hasBraille
    (dotsAcross, dotsDown) = hasBraille ? (2, 4) : (1, 2)
    width = self.area.columns * dotsAcross
    height = self.area.rows * dotsDown
    bits = .init(repeating: 0, count: self.area.columns * self.area.rows)
    styles = .init(repeating: Style(), count: bits.count)
  }

  /// (0, 0) is the top left dot; dots outside the plot are ignored.
  mutating func put(_ x: Int, _ y: Int, _ style: Style) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    let cell = y / dotsDown * area.columns + x / dotsAcross
    bits[cell] |= 1 << UInt8(y % dotsDown + dotsDown * (x % dotsAcross))
    styles[cell] = style
  }

  /// Draws over what the canvas already holds; cells without a dot stay as they are.
  func draw(on canvas: inout Canvas) {
    for cell in bits.indices where bits[cell] != 0 {
      canvas.put(
        glyph(bits[cell]), area.column + cell % area.columns, area.row + cell / area.columns,
        styles[cell])
    }
  }

  private func glyph(_ bits: UInt8) -> Unicode.Scalar {
    guard hasBraille else { return bits == 1 ? "'" : bits == 2 ? "." : ":" }
    // Unicode numbers the upper six dots column by column, then the two lowest.
    let upper = (bits & 0b0000_0111) | (bits & 0b0111_0000) >> 1
    let lower = (bits & 0b0000_1000) << 3 | (bits & 0b1000_0000)
    return Unicode.Scalar(0x2800 + UInt32(upper | lower)) ?? " "
  }
}
