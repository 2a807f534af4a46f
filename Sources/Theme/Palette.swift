/// Red, green, blue and opacity in [0, 1].
package struct Color: Equatable, Sendable {
  package var red, green, blue: Double
  package var opacity = 1.0

  /// 0xRRGGBB
  package init(_ hex: UInt32) {
    red = Double(hex >> 16 & 255) / 255
    green = Double(hex >> 8 & 255) / 255
    blue = Double(hex & 255) / 255
  }

  /// "#14171c", as SVG and HTML write it, without the opacity.
  package var hexadecimal: String {
    let bytes = [red, green, blue].map { UInt32(($0 * 255).rounded()) }
    return "#" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  package func opacity(_ opacity: Double) -> Color {
    var color = self
    color.opacity = opacity
    return color
  }
}

/// The colours of one drawing. Aleatoric and epistemic also differ in pattern: solid and striped.
package struct Palette: Equatable, Sendable {
  private let isDark: Bool

  package static let dark = Palette(isDark: true)
  package static let light = Palette(isDark: false)

  package subscript(ink: Ink) -> Color { Color(isDark ? ink.row.dark : ink.row.light) }

  package var background: Color { self[.background] }
  package var track: Color { self[.track] }
  package var line: Color { self[.line] }
  package var text: Color { self[.plain] }
  package var faintText: Color { self[.muted] }
  package var bar: Color { self[.value] }
  /// For the winning expression and active action units.
  package var strongBar: Color { self[.active] }
  package var aleatoric: Color { self[.aleatoric] }
  package var epistemic: Color { self[.epistemic] }
  package var epistemicStripe: Color { self[.background] }

  package static func face(_ id: Int) -> Color {
    dark[.face(((id - 1) % 4 + 4) % 4)]
  }
}
