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
