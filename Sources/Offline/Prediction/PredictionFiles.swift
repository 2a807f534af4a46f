import Glibc
import Inference
import Reading
import Runtime

/// The text files of one clip in the format of the ABAW challenge: a header, then a line per frame.
package struct PredictionFiles {
  package enum Crop: String {
    case present, missing, damaged
  }

  private static let classes = Expression.allCases.map(\.name).joined(separator: ",")
  private static let units = ActionUnit.allCases.map(\.code).joined(separator: ",")

  /// Outputs of member 0, 1, …, and finally of their mean.
  private var outputs: [TaskTexts]
  private var uncertainty = TextBuffer()
  package private(set) var frameCount = 0

  /// The lines written for one member, or for the mean.
  fileprivate struct TaskTexts {
    var folder: String
    var actionUnits = TextBuffer()
    var expression = TextBuffer()
    var continuous = TextBuffer()
  }

  package init(members: Int) {
    outputs = (0..<members).map { TaskTexts(folder: String($0)) } + [TaskTexts(folder: "merged")]
    for index in outputs.indices {
      outputs[index].actionUnits.append(Self.units + "\n")
      outputs[index].expression.append(Self.classes + "\n")
      outputs[index].continuous.append("valence,arousal\n")
    }
    let estimates =
      Expression.allCases.map(\.name)
      + ["expression_aleatoric", "expression_epistemic", "expression_confidence"]
      + ActionUnit.allCases.flatMap { Self.withUncertainty($0.code) }
      + ["valence", "arousal"].flatMap { axis in
        Self.withUncertainty(axis)
          + (0..<ContinuousEstimate.binCount).map { "\(axis)_bin\($0)" }
      }
    uncertainty.append((["frame", "time", "crop"] + estimates).joined(separator: ",") + "\n")
  }

  private static func withUncertainty(_ name: String) -> [String] {
    [name, name + "_aleatoric", name + "_epistemic"]
  }

  /// Appends the next frame, whose time is `time`, s; `members` are in order, `merged` combines
  /// them all. The table counts from 0, as records do.
  package mutating func append(_ merged: Emotion, members: [Emotion], time: Double, crop: Crop) {
    for (index, emotion) in (members + [merged]).enumerated() {
      outputs[index].append(emotion)
    }
    func cell(_ value: Float) {
      uncertainty.append(",")
      uncertainty.append(Double(value), decimals: Decimals.estimate)
    }
    func cells(_ value: Uncertainty) {
      cell(value.aleatoric)
      cell(value.epistemic)
    }
    uncertainty.append(frameCount)
    uncertainty.append(",")
    uncertainty.append(time, decimals: Decimals.time)
    uncertainty.append("," + crop.rawValue)
    for probability in merged.expression.probabilities { cell(probability) }
    cells(merged.expression.uncertainty)
    cell(merged.expression.confidence)
    for unit in merged.actionUnits {
      cell(unit.probability)
      cells(unit.uncertainty)
    }
    for estimate in [merged.valence, merged.arousal] {
      cell(estimate.value)
      cells(estimate.uncertainty)
      for probability in estimate.probabilities { cell(probability) }
    }
    uncertainty.append("\n")
    frameCount += 1
  }

  /// Each file appears in full or not at all; the one that ``isComplete(_:in:)`` checks comes last.
  ///
  /// - Parameter force: replaces files with other contents
  package func write(
    _ name: String, to directory: String, force: Bool
  ) throws(OutputError) {
    for output in outputs {
      let files = [
        ("AU", output.actionUnits), ("EXPR", output.expression), ("VA", output.continuous),
      ]
      for (task, text) in files {
        let folder = "\(directory)/\(output.folder)/\(task)"
        try TextFile.makeFolder(folder)
        try TextFile.write(
          String(decoding: text.bytes, as: UTF8.self),
          to: "\(folder)/\(name.fileName(ending: ".txt"))", force: force)
      }
    }
    try TextFile.makeFolder(directory + "/merged/uncertainty")
    try TextFile.write(
      String(decoding: uncertainty.bytes, as: UTF8.self), to: Self.lastFile(name, in: directory),
      force: force)
  }

  /// The paths of all files of a clip.
  package static func paths(of name: String, members: Int, in directory: String) -> [String] {
    let folders = (0..<members).map(String.init) + ["merged"]
    return folders.flatMap { folder in
      ["AU", "EXPR", "VA"].map { "\(directory)/\(folder)/\($0)/\(name.fileName(ending: ".txt"))" }
    } + [lastFile(name, in: directory)]
  }

  package static func isComplete(_ name: String, in directory: String) -> Bool {
    TextFile.exists(lastFile(name, in: directory))
  }

  package static func markIncomplete(_ name: String, in directory: String) {
    unlink(lastFile(name, in: directory))
  }

  private static func lastFile(_ name: String, in directory: String) -> String {
    "\(directory)/merged/uncertainty/\(name.fileName(ending: ".csv"))"
  }
}

extension PredictionFiles.TaskTexts {
  fileprivate mutating func append(_ emotion: Emotion) {
    actionUnits.append(
      emotion.actionUnits.map { $0.isActive ? "1" : "0" }.joined(separator: ",") + "\n")
    expression.append(emotion.expression.label.rawValue)
    expression.append("\n")
    continuous.append(fixed(emotion.valence.value))
    continuous.append(",")
    continuous.append(fixed(emotion.arousal.value))
    continuous.append("\n")
  }

  /// `%.4f`
  private func fixed(_ value: Float) -> String {
    let scaled = Int((Double(value) * 1e4).rounded())
    let digits = String(abs(scaled) % 10_000)
    return (scaled < 0 ? "-" : "") + "\(abs(scaled) / 10_000)."
      + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
