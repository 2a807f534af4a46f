/// The characters that views draw with: UTF-8 where the locale has it, else ASCII.
struct Glyphs: Equatable, Sendable {
  /// Whole cell first, then the parts of one cell from small to large.
  var bar: Unicode.Scalar
  var barParts: [Unicode.Scalar]
  var track: Unicode.Scalar
  var aleatoric: Unicode.Scalar
  var epistemic: Unicode.Scalar
  var marker: Unicode.Scalar
  var point: Unicode.Scalar
  var trail: Unicode.Scalar
  var vertical: Unicode.Scalar
  var horizontal: Unicode.Scalar
  var cross: Unicode.Scalar
  var valence: Unicode.Scalar
  var arousal: Unicode.Scalar
  var both: Unicode.Scalar
  /// Upper half in the ink, lower half in the ground; nil where there is none
  var upperHalf: Unicode.Scalar?

  static let unicode = Glyphs(
    bar: "█", barParts: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"], track: "·", aleatoric: "▒",
    epistemic: "█", marker: "▶", point: "●", trail: "∙", vertical: "│", horizontal: "─",
    cross: "┼", valence: "•", arousal: "◦", both: "◉", upperHalf: "▀")

  static let ascii = Glyphs(
    bar: "=", barParts: [], track: ".", aleatoric: "-", epistemic: "#", marker: ">", point: "@",
    trail: "+", vertical: "|", horizontal: "-", cross: "+", valence: "v", arousal: "a", both: "*",
    upperHalf: nil)
}
