import Inference
import Runtime

/// A colour that the user chose.
package enum ColorChoice: Equatable, Sendable {
  /// One of the terminal's own eight colours, by its number.
  case basic(Int32)
  /// 0xRRGGBB
  case exact(UInt32)

  package static let names = [
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
  ]

  /// "#rrggbb" or one of the ``names``.
  package init?(_ word: String) {
    if let number = Self.names.firstIndex(of: word.lowercased()) {
      self = .basic(Int32(number))
    } else if word.count == 7, word.hasPrefix("#"), word.dropFirst().allSatisfy(\.isHexDigit),
      let color = UInt32(word.dropFirst(), radix: 16)
    {
      self = .exact(color)
    } else {
      return nil
    }
  }

  var row: ColorRow {
    switch self {
    case .basic(let number):
      // As xterm shows them.
      let bits = UInt32(number)
      let color =
        number == 4
        ? 0x5c5cff : 0xcd0000 * (bits & 1) + 0x00cd00 * (bits >> 1 & 1) + 0xcd * (bits >> 2)
      return ColorRow(terminal: nil, basic: number, dark: color, light: color)
    case .exact(let color):
      let bits = [(16, 1), (8, 2), (0, 4)].reduce(Int32(0)) { sum, channel in
        color >> UInt32(channel.0) & 255 > 127 ? sum | Int32(channel.1) : sum
      }
      return ColorRow(terminal: color, basic: bits == 0 ? nil : bits, dark: color, light: color)
    }
  }
}

extension Ink {
  /// What can have another colour, by its name in settings.
  package static let named: [(name: String, ink: Ink)] =
    [
      ("muted", .muted), ("faint", .faint), ("title", .title), ("value", .value),
      ("active", .active), ("ambiguous", .aleatoric), ("unfamiliar", .epistemic),
      ("valence", .valence), ("arousal", .arousal), ("alert", .alert),
      ("recording", .recording), ("focus", .focus),
    ] + Expression.allCases.map { ($0.name.lowercased(), .expression($0)) }

  /// The user's colours, on the screen, in videos and in pictures.
  package static let changes = Locked<[Ink: ColorChoice]>([:])

  /// "#8a8a8a", the colour on the terminal unless it was changed.
  package var standardText: String {
    Color(standardRow.terminal ?? standardRow.dark).hexadecimal
  }
}
