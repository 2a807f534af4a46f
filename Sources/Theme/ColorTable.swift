import Inference

/// What a colour says; ``row`` has the colour in every medium.
package enum Ink: Hashable, Sendable {
  /// Text in the terminal's own colour.
  case plain
  case muted, faint, title, value, active, aleatoric, epistemic, valence, arousal
  case alert, recording, focus
  case expression(Expression)
  // Of pictures and the video alone.
  case background
  /// Behind a bar, from 0 to 1.
  case track
  case line
  /// The points of a face, the text on its plate, and what surrounds a frame of another shape.
  case landmark, plate, letterbox
  /// Faces are told apart by number; their colours repeat.
  case face(Int)
  case rgb(UInt8, UInt8, UInt8)

  /// On the terminal; nil: its own.
  package var rgb: (red: UInt8, green: UInt8, blue: UInt8)? {
    row.terminal.map { color in
      (UInt8(color >> 16 & 255), UInt8(color >> 8 & 255), UInt8(color & 255))
    }
  }

  /// One of the eight colours that every colour terminal has; nil: the terminal's own.
  package var basic: Int32? { row.basic }
}

/// The colours of one meaning in every medium.
struct ColorRow {
  /// On the terminal, 0xRRGGBB: colours of xterm's cube, so that 256 and 24-bit colours look alike,
  /// legible on dark and on light. nil: the terminal's own.
  var terminal: UInt32?
  /// One of the eight colours that every colour terminal has: bits red, green, blue. nil: the
  /// terminal's own.
  var basic: Int32?
  /// In the video and in dark pictures.
  var dark: UInt32
  /// In light pictures.
  var light: UInt32
}

extension Ink {
  /// The colours in force.
  var row: ColorRow { Self.changes.withLock { $0[self] }?.row ?? standardRow }

  /// The one table of colours.
  var standardRow: ColorRow {
    func same(_ color: UInt32, _ basic: Int32?) -> ColorRow {
      ColorRow(terminal: color, basic: basic, dark: color, light: color)
    }
    func picture(dark: UInt32, light: UInt32) -> ColorRow {
      ColorRow(terminal: nil, basic: nil, dark: dark, light: light)
    }
    return switch self {
    case .plain: picture(dark: 0xf0f3f7, light: 0x1b222c)
    case .background: picture(dark: 0x14171c, light: 0xffffff)
    case .track: picture(dark: 0x2b313b, light: 0xe9ecf1)
    case .line: picture(dark: 0x4a5361, light: 0xb4bcc8)
    case .muted: ColorRow(terminal: 0x8a8a8a, basic: nil, dark: 0xa3adbb, light: 0x5d6877)
    case .faint: ColorRow(terminal: 0x585858, basic: nil, dark: 0x4a5361, light: 0xb4bcc8)
    case .title: same(0x87afd7, 6)
    case .value: ColorRow(terminal: 0x5f87af, basic: 6, dark: 0x4a78b0, light: 0x9dbde4)
    case .active: ColorRow(terminal: 0x5fd7af, basic: 2, dark: 0x6cb6ff, light: 0x2f78c4)
    case .aleatoric: same(0xd78700, 3)
    case .epistemic: same(0x875fd7, 5)
    case .valence: same(0x87d787, 2)
    case .arousal: same(0xd787d7, 5)
    case .alert: same(0xffd75f, 3)
    case .recording: same(0xff5f5f, 1)
    case .focus: same(0x5fffaf, 2)
    case .landmark: same(0xffffff, nil)
    case .plate: same(0x0b0e12, nil)
    case .letterbox: same(0x000000, nil)
    case .face(0): same(0x4cc9f0, nil)
    case .face(1): same(0xf9a03f, nil)
    case .face(2): same(0x90d26d, nil)
    case .face: same(0xf28ab2, nil)
    case .expression(.neutral): same(0xbcbcbc, nil)
    case .expression(.anger): same(0xff5f5f, 1)
    case .expression(.disgust): same(0x87af5f, 2)
    case .expression(.fear): same(0xaf87d7, 5)
    case .expression(.happiness): same(0xffd75f, 3)
    case .expression(.sadness): same(0x5fafff, 4)
    case .expression(.surprise): same(0xffaf5f, 3)
    case .rgb(let red, let green, let blue):
      same(UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue), nil)
    }
  }
}
