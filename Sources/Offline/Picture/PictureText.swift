import Inference
import Reading
import Runtime
import Theme

/// The text that `emenet image` prints for one picture.
package enum PictureText {
  package static func lines(_ reading: FrameReading, picture: String) -> String {
    // A file's name must not be able to control the terminal.
    let picture = picture.printable
    guard !reading.faces.isEmpty else { return "\(picture): no face\n" }
    return reading.faces.map { face in
      "\(picture): face \(face.id)\(pose(face))\n" + table(face.emotion)
    }.joined()
  }

  /// ", quality 0.93, left 20°"
  private static func pose(_ face: FaceReading) -> String {
    guard let pose = face.pose else { return "" }
    let words = pose.words
    return ", quality \(fixed2(pose.legibility.quality))" + (words.isEmpty ? "" : ", \(words)")
  }

  private static func table(_ emotion: Emotion) -> String {
    var rows = [row("", "", "estimate", "aleatoric", "epistemic")]
    let expression = emotion.expression
    rows.append(
      row("Expression", expression.label.name, "", expression.uncertainty))
    for (name, probability) in zip(Expression.allCases, expression.probabilities) {
      rows.append(row("", name.name, fixed2(probability), "", ""))
    }
    for (unit, value) in zip(ActionUnit.allCases, emotion.actionUnits) {
      rows.append(
        row(
          "\(unit.code): \(value.isActive ? 1 : 0)", unit.name, fixed2(value.probability),
          value.uncertainty))
    }
    for (name, value) in [("Valence", emotion.valence), ("Arousal", emotion.arousal)] {
      rows.append(row(name, "", fixed2(value.value), value.uncertainty))
    }
    return rows.joined()
  }

  private static func row(
    _ label: String, _ name: String, _ value: String, _ uncertainty: Uncertainty
  ) -> String {
    row(label, name, value, fixed2(uncertainty.aleatoric), fixed2(uncertainty.epistemic))
  }

  private static func row(
    _ label: String, _ name: String, _ value: String, _ aleatoric: String, _ epistemic: String
  ) -> String {
    func left(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(1, width - text.count)) + text
    }
    let text =
      "  " + left(label, 12) + left(name, 22) + right(value, 8) + right(aleatoric, 11)
      + right(epistemic, 11)
    let end = text.lastIndex { $0 != " " }
    return (end.map { String(text[...$0]) } ?? "") + "\n"
  }
}
