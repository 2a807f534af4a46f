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

/// The meaning of a colour; a terminal uses the nearest one that it has.
package enum Ink: Hashable, Sendable {
  /// The terminal's default colour.
  case plain
  case muted, faint, title, value, active, aleatoric, epistemic, valence, arousal
  case alert, recording, focus
  case expression(Expression)
  case rgb(UInt8, UInt8, UInt8)

  /// Colours from xterm's cube, so that 256 colours and true colour look alike; legible on dark and
  /// light.
  package var rgb: (red: UInt8, green: UInt8, blue: UInt8)? {
    switch self {
    case .plain: nil
    case .muted: (138, 138, 138)
    case .faint: (88, 88, 88)
    case .title: (135, 175, 215)
    case .value: (95, 135, 175)
    case .active: (95, 215, 175)
    case .aleatoric: Color.aleatoric.bytes
    case .epistemic: Color.epistemic.bytes
    case .valence: (135, 215, 135)
    case .arousal: (215, 135, 215)
    case .alert: (255, 215, 95)
    case .recording: (255, 95, 95)
    case .focus: (95, 255, 175)
    case .expression(.neutral): (188, 188, 188)
    case .expression(.anger): (255, 95, 95)
    case .expression(.disgust): (135, 175, 95)
    case .expression(.fear): (175, 135, 215)
    case .expression(.happiness): (255, 215, 95)
    case .expression(.sadness): (95, 175, 255)
    case .expression(.surprise): (255, 175, 95)
    case .rgb(let red, let green, let blue): (red, green, blue)
    }
  }

  /// One of the eight colours that every colour terminal has, as bits red, green, blue; nil for the
  /// default.
  package var basic: Int32? {
    switch self {
    case .plain, .rgb, .muted, .faint: nil
    case .title, .value: 6
    case .active, .valence, .focus: 2
    case .recording: 1
    case .arousal, .epistemic: 5
    case .alert, .aleatoric: 3
    case .expression(.neutral): nil
    case .expression(.anger): 1
    case .expression(.disgust): 2
    case .expression(.fear): 5
    case .expression(.happiness), .expression(.surprise): 3
    case .expression(.sadness): 4
    }
  }
}
