/// The characters that views draw with: full Unicode, the subset in the Linux console's font, or
/// ASCII.
package struct Glyphs: Equatable, Sendable {
  /// One cell filled from the left, from narrowest to full.
  package var bar: [Unicode.Scalar]
  package var aleatoric: Unicode.Scalar
  /// One cell filled from the left, from narrowest to full.
  package var epistemic: [Unicode.Scalar]
  /// Stands for ``epistemic`` in legends and before numbers.
  package var epistemicKey: Unicode.Scalar
  package var marker: Unicode.Scalar
  package var point: Unicode.Scalar
  package var recording: Unicode.Scalar
  package var vertical: Unicode.Scalar
  package var horizontal: Unicode.Scalar
  package var cross: Unicode.Scalar
  /// Of a frame: upper left, lower left, upper right, lower right.
  package var corners: [Unicode.Scalar] = ["┌", "└", "┐", "┘"]
  package var track: Unicode.Scalar
  /// Both ends of a range.
  package var rangeStart: Unicode.Scalar
  package var rangeEnd: Unicode.Scalar
  /// Parts of a cell that a character can fill.
  package enum Blocks: Sendable { case none, halves, quadrants }
  package var blocks: Blocks
  /// Whether Braille is available: eight dots per cell.
  package var hasBraille: Bool

  package static let unicode = Glyphs(
    bar: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"], aleatoric: "━",
    epistemic: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"], epistemicKey: "▌", marker: "▸", point: "●",
    recording: "●",
    vertical: "│", horizontal: "─", cross: "┼", track: "·", rangeStart: "├", rangeEnd: "┤",
    blocks: .quadrants, hasBraille: true)

  package static let console = Glyphs(
    bar: ["▌", "█"], aleatoric: "═", epistemic: ["▌", "█"], epistemicKey: "▌", marker: ">",
    point: "█",
    recording: "*", vertical: "│", horizontal: "─", cross: "┼", track: "·", rangeStart: "├",
    rangeEnd: "┤",
    blocks: .halves,
    hasBraille: false)

  package static let ascii = Glyphs(
    bar: ["#"], aleatoric: "=", epistemic: ["*"], epistemicKey: "*", marker: ">", point: "O",
    recording: "*",
    vertical: "|", horizontal: "-", cross: "+",
    corners: ["+", "+", "+", "+"], track: ".", rangeStart: "[", rangeEnd: "]", blocks: .none,
    hasBraille: false)

  /// True if the character is one column wide in every font and this set can show it: Latin, Greek,
  /// Cyrillic, punctuation.
  package func canShow(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7e: true
    case 0xa0...0xac, 0xae...0x2ff, 0x370...0x377, 0x37a...0x37f, 0x384...0x482, 0x48a...0x52f,
      0x2010...0x2027, 0x2190...0x2193, 0x2500...0x25ff:
      self != .ascii
    default: false
    }
  }
}
