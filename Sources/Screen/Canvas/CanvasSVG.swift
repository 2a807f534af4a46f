import Theme

extension Canvas {
  /// The screen as a picture: coloured text in monospace cells of 9 x 18 units, on black.
  package var svg: String {
    var out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(columns * 9 + 24)\""
      + " height=\"\(rows * 18 + 24)\" font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\""
      + " font-size=\"15\" xml:space=\"preserve\">\n"
      + "<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"\(Palette.dark.background.hexadecimal)\"/>\n"
      + "<g transform=\"translate(12 12)\">\n"
    for row in 0..<rows {
      var column = 0
      while column < columns {
        let start = column
        let style = self[start, row].style
        // Runs of one style. Each block becomes a rectangle, since fonts leave seams between
        // blocks.
        var run = String.UnicodeScalarView()
        while column < columns, self[column, row].style == style {
          let glyph = self[column, row].glyph
          let shape = blockShape(glyph, column, row, style)
          out += shape ?? ""
          run.append(shape == nil ? glyph : " ")
          column += 1
        }
        out += text(String(run), start, row, style)
      }
    }
    return out + "</g>\n</svg>\n"
  }

  private func text(_ run: String, _ column: Int, _ row: Int, _ style: Style) -> String {
    guard run.contains(where: { $0 != " " }) else { return "" }
    var out = ""
    if style.isReversed, let fill = color(style).ink {
      out += rectangle(column * 9, row * 18, run.unicodeScalars.count * 9, 18, fill)
    }
    let escaped = run.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    return out
      + "<text x=\"\(column * 9)\" y=\"\(row * 18 + 14)\" fill=\"\(color(style).text)\""
      + (style.isBold ? " font-weight=\"bold\"" : "") + ">\(escaped)</text>\n"
  }

  private func blockShape(
    _ glyph: Unicode.Scalar, _ column: Int, _ row: Int, _ style: Style
  ) -> String? {
    let (x, y) = (column * 9, row * 18)
    guard let ink = color(style).ink else { return nil }
    if glyph == "▀", let (red, green, blue) = style.ground.rgb {
      return rectangle(x, y, 9, 9, ink)
        + rectangle(x, y + 9, 9, 9, hexadecimal(red, green, blue))
    }
    // Braille comes from another font, whose width differs.
    if (0x2800...0x28ff).contains(glyph.value) {
      return (0..<8).filter { glyph.value & 1 << $0 != 0 }.map { bit in
        let (across, down) = bit < 6 ? (bit / 3, bit % 3) : (Int(bit) - 6, 3)
        return "<circle cx=\"\(Double(x) + 2.25 + 4.5 * Double(across))\""
          + " cy=\"\(Double(y) + 2.25 + 4.5 * Double(down))\" r=\"1.1\" fill=\"\(ink)\"/>\n"
      }.joined()
    }
    let eighths = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"] as [Unicode.Scalar]
    guard let index = eighths.firstIndex(of: glyph) else { return nil }
    let width = Double(index + 1) * 9 / 8
    let (left, length) = style.isReversed ? (Double(x) + width, 9 - width) : (Double(x), width)
    return "<rect x=\"\(left)\" y=\"\(y)\" width=\"\(length)\" height=\"18\""
      + " fill=\"\(ink)\"/>\n"
  }

  private func rectangle(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ fill: String) -> String
  {
    "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\" fill=\"\(fill)\"/>\n"
  }

  private func color(_ style: Style) -> (ink: String?, text: String) {
    let ink =
      style.ink.rgb.map { hexadecimal($0.red, $0.green, $0.blue) } ?? Palette.dark.text.hexadecimal
    return (ink, style.isReversed ? Palette.dark.background.hexadecimal : ink)
  }

  private func hexadecimal(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> String {
    "#"
      + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
