/// Takes tensors out of a checkpoint by name, folds each batch norm into its convolution and packs
/// the result for the kernels.
package struct Folding {
  package let checkpoint: Checkpoint
  package let arena: Arena
  package let backbone: String
  /// Of the backbone's 1x1 convolutions.
  package let precision: Precision
  /// The shape of every tensor that was asked for.
  package var shapes: [String: [Int]] = [:]

  /// - Parameter backbone: prefix of the names of the face's layers
  package init(
    _ checkpoint: Checkpoint, into arena: Arena, backbone: String = "",
    _ precision: Precision = .f32
  ) {
    self.checkpoint = checkpoint
    self.arena = arena
    self.backbone = backbone
    self.precision = precision
  }

  /// Returns zeros if it is missing or misshapen; `finish` then throws.
  package mutating func take(_ name: String, _ shape: [Int]) -> [Float] {
    shapes[name] = shape
    guard let tensor = checkpoint.tensors[name], tensor.shape == shape else {
      return [Float](repeating: 0, count: shape.reduce(1, *))
    }
    return tensor.values
  }

  package func finish() throws(CheckpointError) {
    try checkpoint.check(against: shapes) { $0.hasSuffix("num_batches_tracked") }
  }

  /// Folds a convolution without bias and the batch norm after it into one with a bias.
  package mutating func folded(
    _ convolution: String, _ norm: String, _ shape: [Int], epsilon: Double = 1e-5
  ) -> (weight: [Float], bias: [Float]) {
    let outputs = shape[0]
    let taps = shape.dropFirst().reduce(1, *)
    var weight = take(convolution + ".weight", shape)
    let gain = take(norm + ".weight", [outputs])
    var bias = take(norm + ".bias", [outputs])
    let mean = take(norm + ".running_mean", [outputs])
    let variance = take(norm + ".running_var", [outputs])
    for channel in 0..<outputs {
      // In double precision, so that folding changes the network only by rounding.
      let scale = Double(gain[channel]) / (Double(variance[channel]) + epsilon).squareRoot()
      bias[channel] = Float(Double(bias[channel]) - Double(mean[channel]) * scale)
      for i in channel * taps..<(channel + 1) * taps {
        weight[i] = Float(Double(weight[i]) * scale)
      }
    }
    return (weight, bias)
  }
}
