import Inference

/// A resting face as a file: a title, then a line `NAME VALUE` for each number. The lines `Neutral`
/// to `Surprise` hold ``RestingFace/evidence``.
extension RestingFace {
  private static let title = "emenet resting face"
  private static let names =
    Expression.allCases.map(\.name) + ActionUnit.allCases.map(\.code) + ["valence", "arousal"]

  package var text: String {
    let values = evidence + actionUnits + [valence, arousal]
    return Self.title + "\n"
      + zip(Self.names, values).map { "\($0) \($1)\n" }.joined()
  }

  /// nil if the lines do not have the form of ``text``
  package init?(lines: [String]) {
    guard lines.first == Self.title, lines.count == Self.names.count + 1 else { return nil }
    var values: [Float] = []
    for (name, line) in zip(Self.names, lines.dropFirst()) {
      let words = line.split(separator: " ")
      guard words.count == 2, words[0] == name, let value = Float(words[1]) else { return nil }
      values.append(value)
    }
    self.init(
      evidence: Array(values[..<7]), actionUnits: Array(values[7..<19]), valence: values[19],
      arousal: values[20])
  }
}
