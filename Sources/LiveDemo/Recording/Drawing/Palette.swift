/// Red, green, blue and opacity in [0, 1].
struct Color: Equatable, Sendable {
  var red, green, blue: Double
  var opacity = 1.0

  /// 0xRRGGBB
  init(_ hex: UInt32) {
    red = Double(hex >> 16 & 255) / 255
    green = Double(hex >> 8 & 255) / 255
    blue = Double(hex & 255) / 255
  }

  func opacity(_ opacity: Double) -> Color {
    var color = self
    color.opacity = opacity
    return color
  }
}

/// The colours of one drawing. Aleatoric and epistemic differ in pattern as well: solid and striped.
struct Palette: Equatable, Sendable {
  var background: Color
  /// Behind a bar, from 0 to 1.
  var track: Color
  var line: Color
  var text: Color
  var faintText: Color
  var bar: Color
  /// Of the winning expression and the active action units.
  var strongBar: Color
  var aleatoric: Color
  var epistemic: Color
  var epistemicStripe: Color

  /// Faces are told apart by number; their colours repeat.
  static let faces = [Color(0x4cc9f0), Color(0xf9a03f), Color(0x90d26d), Color(0xf28ab2)]

  static func face(_ id: Int) -> Color {
    faces[((id - 1) % faces.count + faces.count) % faces.count]
  }

  static let dark = Palette(
    background: Color(0x14171c), track: Color(0x2b313b), line: Color(0x4a5361),
    text: Color(0xf0f3f7), faintText: Color(0xa3adbb), bar: Color(0x4a78b0),
    strongBar: Color(0x6cb6ff), aleatoric: Color(0xe3a93c), epistemic: Color(0x5b3b8c),
    epistemicStripe: Color(0xd9b8ff))

  static let light = Palette(
    background: Color(0xffffff), track: Color(0xe9ecf1), line: Color(0xb4bcc8),
    text: Color(0x1b222c), faintText: Color(0x5d6877), bar: Color(0x9dbde4),
    strongBar: Color(0x2f78c4), aleatoric: Color(0xe0a02c), epistemic: Color(0xe3d2fb),
    epistemicStripe: Color(0x6a35b0))
}
