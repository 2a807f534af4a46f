import Inference
import Reading

/// One record as rows of CSV, one a face; a frame without a face has one row with empty cells.
struct CSVRecord {
  /// With its line feed.
  static let header = columns.joined(separator: ",") + "\n"

  private static let columns: [String] =
    ["frame", "time", "dropped", "width", "height", "latency_ms", "id"]
    + ["box_x", "box_y", "box_width", "box_height"]
    + (0..<68).flatMap { ["landmark\($0)_x", "landmark\($0)_y"] }
    + ["expression"] + Expression.allCases.map(\.name)
    + ["expression_aleatoric", "expression_epistemic", "expression_confidence"]
    + ActionUnit.allCases.flatMap { unit in
      ["probability", "active", "aleatoric", "epistemic"].map { "\(unit.code)_\($0)" }
    }
    + ["valence", "arousal"].flatMap { [$0, "\($0)_aleatoric", "\($0)_epistemic"] }
    + ["expression_contradiction"] + relativeColumns

  /// Empty cells where a person has not told what the face says at rest.
  private static let relativeColumns =
    (["expression"] + Expression.allCases.map(\.name) + ActionUnit.allCases.map(\.code)
    + ["valence", "arousal"]).map { "relative_" + $0 }

  private static let columnsOfFrame = 6

  func append(_ reading: FrameReading, to text: inout TextBuffer) {
    guard !reading.faces.isEmpty else {
      append(frame: reading, to: &text)
      for _ in Self.columnsOfFrame..<Self.columns.count { text.append(",") }
      text.append("\n")
      return
    }
    for face in reading.faces {
      append(frame: reading, to: &text)
      append(face, to: &text)
      text.append("\n")
    }
  }

  private func append(frame reading: FrameReading, to text: inout TextBuffer) {
    text.append(reading.frame)
    text.append(",")
    text.append(reading.time, decimals: Decimals.time)
    text.append(",")
    text.append(reading.dropped)
    text.append(",")
    text.append(reading.image.width)
    text.append(",")
    text.append(reading.image.height)
    text.append(",")
    text.append(reading.latencyMilliseconds, decimals: Decimals.milliseconds)
  }

  private func append(_ face: FaceReading, to text: inout TextBuffer) {
    func cell(_ value: Float, _ decimals: Int = Decimals.estimate) {
      text.append(",")
      text.append(Double(value), decimals: decimals)
    }
    func cells(_ uncertainty: Uncertainty) {
      cell(uncertainty.aleatoric)
      cell(uncertainty.epistemic)
    }
    text.append(",")
    text.append(face.id)
    for value in [face.box.x, face.box.y, face.box.width, face.box.height] {
      cell(value, Decimals.pixels)
    }
    for index in 0..<68 {
      guard index < face.landmarks.count else {
        text.append(",,")
        continue
      }
      cell(face.landmarks[index].x, Decimals.pixels)
      cell(face.landmarks[index].y, Decimals.pixels)
    }
    text.append(",")
    text.append(face.emotion.expression.label.name)
    for probability in face.emotion.expression.probabilities { cell(probability) }
    cells(face.emotion.expression.uncertainty)
    cell(face.emotion.expression.confidence)
    for unit in face.emotion.actionUnits {
      cell(unit.probability)
      text.append(unit.isActive ? ",1" : ",0")
      cells(unit.uncertainty)
    }
    for estimate in [face.emotion.valence, face.emotion.arousal] {
      cell(estimate.value)
      cells(estimate.uncertainty)
    }
    cell(face.emotion.expression.contradiction)
    guard let relative = face.relative else {
      for _ in Self.relativeColumns { text.append(",") }
      return
    }
    text.append(",")
    text.append(relative.label.name)
    for value in relative.expression + relative.actionUnits { cell(value) }
    cell(relative.valence)
    cell(relative.arousal)
  }
}
