import Inference
import Runtime

struct CheckpointCommand: Command {
  var arguments = Arguments()
  var force = false

  static let name = "checkpoint"
  static let summary = "Shows what a checkpoint holds, or converts .pth to .safetensors and back."
  static let operands = "show FILE… | convert FILE OUTPUT"
  static let options: [Option<Self>] = [.force(\.force)]

  func run() throws -> ExitCode {
    let files = Array(arguments.operands.dropFirst())
    switch arguments.operands.first {
    case "show" where !files.isEmpty:
      for file in files {
        try StandardOutput.write(Self.description(of: try Checkpoint.read(file)))
      }
    case "convert" where files.count == 2:
      try InputFiles([files[0]]).refuse(asOutputs: [files[1]])
      try OutputFile.validate(files[1], force: force)
      let format = try Self.format(of: files[1])
      try Replacement.write(
        Checkpoint.read(files[0]).serialized(as: format, for: files[1]), to: files[1], force: force)
    default:
      throw UsageError.missingOperand(
        command: Self.name, expected: "'show FILE…' or 'convert FILE OUTPUT'")
    }
    return .done
  }

  private static func format(of path: String) throws(UsageError) -> Checkpoint.Format {
    if path.hasSuffix(".safetensors") { return .safetensors }
    if path.hasSuffix(".pth") || path.hasSuffix(".pt") { return .torchZip }
    throw .missingOperand(
      command: Self.name,
      expected: "an OUTPUT in .safetensors, .pth or .pt, not '\(path)'")
  }

  /// One line a tensor, then what can be said of the whole.
  static func description(of checkpoint: Checkpoint) -> String {
    var lines = [checkpoint.path]
    let tensors = checkpoint.sortedTensors
    let width = tensors.map(\.name.count).max() ?? 0
    for (name, tensor) in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: " x ")
      lines.append(
        "  " + name.printable + String(repeating: " ", count: width - name.count) + "  "
          + tensor.type.rawValue + "  " + (shape.isEmpty ? "1" : shape))
    }
    lines.append("format: \(formatName(checkpoint.format))")
    lines.append("network: \(checkpoint.kind.name)")
    let parameters = checkpoint.parameterCount()
    let landmarks = checkpoint.landmarkHead
    let withoutLandmarks = checkpoint.parameterCount { name in
      landmarks.map { !name.hasPrefix($0) } ?? true
    }
    lines.append(
      "parameters: \(parameters)"
        + (withoutLandmarks < parameters
          ? " (\(withoutLandmarks) without the landmark head)" : ""))
    lines += checkpoint.metadata.sorted { $0.key < $1.key }.map {
      "\($0.key): \($0.value)".printable
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func formatName(_ format: Checkpoint.Format) -> String {
    switch format {
    case .safetensors: "safetensors"
    case .torchZip: "PyTorch, zip"
    case .torchLegacy: "PyTorch, before 1.6"
    }
  }
}

extension Checkpoint {
  /// What was trained: running statistics of batch norms and the tables of the front end for sound
  /// are no parameters.
  func parameterCount(where included: (String) -> Bool = { _ in true }) -> Int {
    let statistics = ["running_mean", "running_var", "num_batches_tracked"]
    return tensors.reduce(0) { sum, entry in
      let name = entry.key
      let isTrained =
        !name.hasPrefix("audio_backbone.preprocessor.")
        && !statistics.contains { name == $0 || name.hasSuffix("." + $0) }
      return isTrained && included(name) ? sum + entry.value.values.count : sum
    }
  }
}
