import Inference

package struct Style: Hashable, Sendable {
  package var ink: Ink = .plain
  package var ground: Ink = .plain
  package var isBold = false
  package var isReversed = false

  package init(
    ink: Ink = .plain, ground: Ink = .plain, isBold: Bool = false, isReversed: Bool = false
  ) {
    self.ink = ink
    self.ground = ground
    self.isBold = isBold
    self.isReversed = isReversed
  }

  package static let bold = Style(isBold: true)
  package static let muted = Style(ink: .muted)
  package static let faint = Style(ink: .faint)

  package static func ink(_ ink: Ink, bold: Bool = false) -> Style { Style(ink: ink, isBold: bold) }
}

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
