import Inference
import Reading
import Theme

extension FaceDisplay {
  var verdict: Verdict { Verdict(confidence: emotion.expression.confidence) }

  /// The verdict and, if it is in doubt, the main obstacle: "cannot tell: too dark".
  func verdict(fitting columns: Int) -> String {
    guard verdict == .unsure || verdict == .cannotTell, let obstacle,
      case let words = "\(verdict.rawValue): \(obstacle.rawValue)", words.count <= columns
    else { return verdict.rawValue }
    return words
  }

  /// `Happiness 93% V +0.52 A +0.18 sure`: 30 columns before the verdict.
  var line: String {
    let winner = emotion.expression.label
    return
      "\(winner.name) \(percent(emotion.expression.probabilities[winner.rawValue]).trimmed) "
      + "V \(signed(valence)) A \(signed(arousal)) \(verdict.rawValue)"
  }
}

extension Canvas {
  /// The winning expression and how reliable it is, in one row.
  mutating func drawWinner(_ face: FaceDisplay?, in area: Area) {
    guard let face else {
      put("no face", area.column + 2, area.row, .ink(.alert), limit: area.columns - 2)
      return
    }
    let winner = face.emotion.expression.label
    let probability = face.emotion.expression.probabilities[winner.rawValue]
    let style: Style = .ink(.expression(winner), bold: true)
    // Longest: "cannot tell"
    let verdict = area.column + area.columns - 11
    put(glyphs.marker, area.column, area.row, style)
    put(winner.name, area.column + 2, area.row, style)
    putBar(probability, area.column + 12, area.row, width: verdict - area.column - 12 - 6, style)
    put(percent(probability), verdict - 5, area.row, style)
    put(face.verdict.rawValue, verdict, area.row, .bold)
  }

  /// The essentials, for a screen too small for any view.
  mutating func drawLine(_ model: ScreenModel, _ face: FaceDisplay?, notice: String?) {
    let urgent =
      notice ?? model.status?.trouble ?? (model.status?.isPaused == true ? "paused" : nil)
    let text = urgent ?? face?.line ?? (model.reading == nil ? "emenet" : "no face")
    let isPlain = urgent == nil && face != nil
    put(text, 0, 0, isPlain ? .bold : .ink(.alert, bold: true))
  }
}

extension String {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
