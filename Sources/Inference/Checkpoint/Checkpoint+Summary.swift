import Layers
import Runtime

extension Checkpoint {
  /// One line a tensor, then what can be said of the whole.
  package var summary: String {
    var lines = [path]
    let tensors = sortedTensors
    let width = tensors.map(\.name.count).max() ?? 0
    for (name, tensor) in tensors {
      let shape = tensor.shape.map(String.init).joined(separator: " x ")
      lines.append(
        "  " + name.printable + String(repeating: " ", count: width - name.count) + "  "
          + tensor.type.rawValue + "  " + (shape.isEmpty ? "1" : shape))
    }
    lines.append("format: \(format.name)")
    lines.append("network: \(kind.name)")
    let parameters = parameterCount()
    let landmarks = landmarkHead
    let withoutLandmarks = parameterCount { name in
      landmarks.map { !name.hasPrefix($0) } ?? true
    }
    lines.append(
      "parameters: \(parameters)"
        + (withoutLandmarks < parameters
          ? " (\(withoutLandmarks) without the landmark head)" : ""))
    lines += metadata.sorted { $0.key < $1.key }.map {
      "\($0.key): \($0.value)".printable
    }
    return lines.joined(separator: "\n") + "\n"
  }

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

extension Checkpoint.Format {
  fileprivate var name: String {
    switch self {
    case .safetensors: "safetensors"
    case .torchZip: "PyTorch, zip"
    case .torchLegacy: "PyTorch, before 1.6"
    }
  }
}
