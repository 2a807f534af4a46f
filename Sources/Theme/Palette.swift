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

  package func opacity(_ opacity: Double) -> Color {
    var color = self
    color.opacity = opacity
    return color
  }
}

extension Color {
  // Shared by terminal, video and images; legible on dark and light, and in xterm's 256-colour
  // cube.
  package static let aleatoric = Color(0xd78700)
  package static let epistemic = Color(0x875fd7)

  /// Each component from 0 to 255.
  var bytes: (red: UInt8, green: UInt8, blue: UInt8) {
    (UInt8(red * 255), UInt8(green * 255), UInt8(blue * 255))
  }
}

/// The colours of one drawing. Aleatoric and epistemic also differ in pattern: solid and striped.
package struct Palette: Equatable, Sendable {
  package var background: Color
  /// The background of a bar, from 0 to 1.
  package var track: Color
  package var line: Color
  package var text: Color
  package var faintText: Color
  package var bar: Color
  /// For the winning expression and active action units.
  package var strongBar: Color
  package var aleatoric: Color
  package var epistemic: Color
  package var epistemicStripe: Color

  /// Colours tell faces apart; they repeat, but the number does not.
  package static let faces = [Color(0x4cc9f0), Color(0xf9a03f), Color(0x90d26d), Color(0xf28ab2)]

  package static func face(_ id: Int) -> Color {
    faces[((id - 1) % faces.count + faces.count) % faces.count]
  }

  package static let dark = Palette(
    background: Color(0x14171c), track: Color(0x2b313b), line: Color(0x4a5361),
    text: Color(0xf0f3f7), faintText: Color(0xa3adbb), bar: Color(0x4a78b0),
    strongBar: Color(0x6cb6ff), aleatoric: .aleatoric, epistemic: .epistemic,
    epistemicStripe: Color(0x14171c))

  package static let light = Palette(
    background: Color(0xffffff), track: Color(0xe9ecf1), line: Color(0xb4bcc8),
    text: Color(0x1b222c), faintText: Color(0x5d6877), bar: Color(0x9dbde4),
    strongBar: Color(0x2f78c4), aleatoric: .aleatoric, epistemic: .epistemic,
    epistemicStripe: Color(0xffffff))
}
