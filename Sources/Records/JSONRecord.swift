import Imaging
import Inference
import Reading

/// One record as a line of JSON. The keys and their order are part of the program's interface.
package struct JSONRecord {
  /// Adds each member's own estimate to each face.
  var perMember = false

  /// What a record is of.
  package enum Subject {
    case frame
    /// A frame of one video of several, which is named before it.
    case video(String)
    /// A file's name, in place of frame and time.
    case picture(String)
  }

  func append(_ reading: FrameReading, of subject: Subject = .frame, to text: inout TextBuffer) {
    text.append("{")
    switch subject {
    case .picture(let file):
      text.append("\"image\":")
      text.appendJSONString(file)
    case .video(let name):
      text.append("\"video\":")
      text.appendJSONString(name)
      text.append(",")
      appendPlace(of: reading, to: &text)
    case .frame: appendPlace(of: reading, to: &text)
    }
    text.append(",\"dropped\":")
    text.append(reading.dropped)
    text.append(",\"width\":")
    text.append(reading.image.width)
    text.append(",\"height\":")
    text.append(reading.image.height)
    text.append(",\"latency_ms\":")
    text.appendJSON(reading.latencyMilliseconds, decimals: Decimals.milliseconds)
    text.append(",\"faces\":[")
    text.appendList(reading.faces) { append($0, to: &$1) }
    text.append("]}\n")
  }

  private func appendPlace(of reading: FrameReading, to text: inout TextBuffer) {
    text.append("\"frame\":")
    text.append(reading.frame)
    text.append(",\"time\":")
    text.appendJSON(reading.time, decimals: Decimals.time)
  }

  private func append(_ face: FaceReading, to text: inout TextBuffer) {
    text.append("{\"id\":")
    text.append(face.id)
    text.append(",\"box\":[")
    let box = face.box
    text.appendList([box.x, box.y, box.width, box.height]) {
      $1.appendJSON($0, decimals: Decimals.pixels)
    }
    text.append("],\"landmarks\":[")
    text.appendList(face.landmarks) { point, text in
      text.append("[")
      text.appendJSON(point.x, decimals: Decimals.pixels)
      text.append(",")
      text.appendJSON(point.y, decimals: Decimals.pixels)
      text.append("]")
    }
    text.append("],")
    append(face.emotion, to: &text)
    if let relative = face.relative { append(relative, to: &text) }
    if perMember {
      text.append(",\"members\":[")
      text.appendList(face.members) { member, text in
        text.append("{")
        append(member, to: &text)
        text.append("}")
      }
      text.append("]")
    }
    text.append("}")
  }

  private func append(_ emotion: Emotion, to text: inout TextBuffer) {
    text.append("\"expression\":{\"label\":\"")
    text.append(emotion.expression.label.name)
    text.append("\",\"probabilities\":")
    append(probabilities: emotion.expression.probabilities, to: &text)
    append(emotion.expression.uncertainty, to: &text)
    text.append(",\"confidence\":")
    text.appendJSON(emotion.expression.confidence, decimals: Decimals.estimate)
    text.append(",\"contradiction\":")
    text.appendJSON(emotion.expression.contradiction, decimals: Decimals.estimate)
    text.append("},\"action_units\":{")
    text.appendList(zip(ActionUnit.allCases, emotion.actionUnits)) { entry, text in
      text.append("\"")
      text.append(entry.0.code)
      text.append("\":{\"probability\":")
      text.appendJSON(entry.1.probability, decimals: Decimals.estimate)
      text.append(entry.1.isActive ? ",\"active\":true" : ",\"active\":false")
      append(entry.1.uncertainty, to: &text)
      text.append("}")
    }
    text.append("},\"valence\":{\"value\":")
    append(emotion.valence, to: &text)
    text.append("},\"arousal\":{\"value\":")
    append(emotion.arousal, to: &text)
    text.append("}")
  }

  private func append(probabilities: [Float], to text: inout TextBuffer) {
    text.append("{")
    text.appendList(zip(Expression.allCases, probabilities)) { entry, text in
      text.append("\"")
      text.append(entry.0.name)
      text.append("\":")
      text.appendJSON(entry.1, decimals: Decimals.estimate)
    }
    text.append("}")
  }

  private func append(_ relative: Emotion.Relative, to text: inout TextBuffer) {
    text.append(",\"relative\":{\"label\":\"")
    text.append(relative.label.name)
    text.append("\",\"probabilities\":")
    append(probabilities: relative.expression, to: &text)
    text.append(",\"action_units\":{")
    text.appendList(zip(ActionUnit.allCases, relative.actionUnits)) { entry, text in
      text.append("\"")
      text.append(entry.0.code)
      text.append("\":")
      text.appendJSON(entry.1, decimals: Decimals.estimate)
    }
    text.append("},\"valence\":")
    text.appendJSON(relative.valence, decimals: Decimals.estimate)
    text.append(",\"arousal\":")
    text.appendJSON(relative.arousal, decimals: Decimals.estimate)
    text.append("}")
  }

  private func append(_ estimate: ContinuousEstimate, to text: inout TextBuffer) {
    text.appendJSON(estimate.value, decimals: Decimals.estimate)
    append(estimate.uncertainty, to: &text)
  }

  private func append(_ uncertainty: Uncertainty, to text: inout TextBuffer) {
    text.append(",\"aleatoric\":")
    text.appendJSON(uncertainty.aleatoric, decimals: Decimals.estimate)
    text.append(",\"epistemic\":")
    text.appendJSON(uncertainty.epistemic, decimals: Decimals.estimate)
  }
}

extension TextBuffer {
  /// JSON has no word for what is not finite but `null`.
  fileprivate mutating func appendJSON(_ value: Double, decimals: Int) {
    if !append(value, decimals: decimals) { append("null") }
  }

  fileprivate mutating func appendJSON(_ value: Float, decimals: Int) {
    appendJSON(Double(value), decimals: decimals)
  }

  fileprivate mutating func appendList<Items: Sequence>(
    _ items: Items, _ body: (Items.Element, inout TextBuffer) -> Void
  ) {
    var isFirst = true
    for item in items {
      if !isFirst { append(",") }
      isFirst = false
      body(item, &self)
    }
  }

  fileprivate mutating func appendJSONString(_ string: String) {
    append("\"")
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": append("\\\"")
      case "\\": append("\\\\")
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      default: append(String(scalar))
      }
    }
    append("\"")
  }
}
