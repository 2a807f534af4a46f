/// Takes tensors out of a checkpoint by name, folds each batch norm into its convolution and packs
/// the result for the kernels.
struct Folding {
  private let checkpoint: Checkpoint
  private let slab: Slab
  private var shapes: [String: [Int]] = [:]

  init(_ checkpoint: Checkpoint, into slab: Slab) {
    self.checkpoint = checkpoint
    self.slab = slab
  }

  func hasHead(_ index: Int) -> Bool {
    checkpoint.tensors.keys.contains { $0.hasPrefix("tmodels.\(index).") }
  }

  /// Zeros where it is missing or misshapen; `finish` then throws.
  private mutating func take(_ name: String, _ shape: [Int]) -> [Float] {
    shapes[name] = shape
    guard let tensor = checkpoint.tensors[name], tensor.shape == shape else {
      return [Float](repeating: 0, count: shape.reduce(1, *))
    }
    return tensor.values
  }

  func finish() throws(CheckpointError) {
    try checkpoint.check(against: shapes) { $0.hasSuffix("num_batches_tracked") }
  }

  private mutating func folded(
    _ name: String, _ shape: [Int], isLinear: Bool
  ) -> (weight: [Float], bias: [Float], slope: [Float]?) {
    let outputs = shape[0]
    let taps = shape.dropFirst().reduce(1, *)
    var weight = take(name + ".conv.weight", shape)
    let gain = take(name + ".bn.weight", [outputs])
    var bias = take(name + ".bn.bias", [outputs])
    let mean = take(name + ".bn.running_mean", [outputs])
    let variance = take(name + ".bn.running_var", [outputs])
    for channel in 0..<outputs {
      // In double precision: the folded network then differs from the unfolded by rounding only.
      let scale = Double(gain[channel]) / (Double(variance[channel]) + 1e-5).squareRoot()
      bias[channel] = Float(Double(bias[channel]) - Double(mean[channel]) * scale)
      for i in channel * taps..<(channel + 1) * taps {
        weight[i] = Float(Double(weight[i]) * scale)
      }
    }
    return (weight, bias, isLinear ? nil : take(name + ".prelu.weight", [outputs]))
  }

  /// A 1x1 convolution, or with `kernel` 3 the stem.
  mutating func panels(
    _ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1, isLinear: Bool = false
  ) -> PanelConvolution {
    let (weight, bias, slope) = folded(
      "backbone." + name, [outputs, inputs, kernel, kernel], isLinear: isLinear)
    let order = kernel == 1 ? channelOrder(inputs) : stemOrder
    return PanelConvolution(
      inputs: inputs, outputs: outputs, depth: order.count,
      weight: slab.panelWeights(weight, outputs: outputs, order: order),
      bias: slab.perChannel(bias), slope: slope.map(slab.perChannel))
  }

  mutating func depthwise(
    _ name: String, _ channels: Int, kernel: Int = 3, isLinear: Bool = false
  ) -> DepthwiseConvolution {
    let (weight, bias, slope) = folded(
      "backbone." + name, [channels, 1, kernel, kernel], isLinear: isLinear)
    return DepthwiseConvolution(
      channels: channels, taps: kernel * kernel,
      weight: slab.blockWeights(weight, channels: channels), bias: slab.perChannel(bias),
      slope: slope.map(slab.perChannel))
  }

  mutating func bottleneck(_ layer: EMENetV.Layer) -> Bottleneck {
    Bottleneck(
      widening: Widening(
        wide: panels(layer.name + ".conv", layer.inputs, layer.wide),
        depthwise: depthwise(layer.name + ".conv_dw", layer.wide), side: layer.side,
        stride: layer.stride),
      project: panels(layer.name + ".project", layer.wide, layer.outputs, isLinear: true),
      isResidual: layer.isResidual)
  }

  mutating func heads() -> Heads {
    let size = EMENetV.stateSize
    let count = hasHead(3) ? 4 : 3
    var (input, inputBias, hidden, hiddenBias) = ([Float](), [Float](), [Float](), [Float]())
    for index in 0..<count {
      let name = "tmodels.\(index).rnn."
      input += take(name + "weight_ih_l0", [3 * size, EMENetV.featureSize])
      hidden += take(name + "weight_hh_l0", [3 * size, size])
      inputBias += take(name + "bias_ih_l0", [3 * size])
      hiddenBias += take(name + "bias_hh_l0", [3 * size])
    }
    let decoders = (0..<count).map { index in
      let name = "tmodels.\(index).decoder."
      let outputs = Heads.outputs[index]
      return Heads.Decoder(
        outputs: outputs,
        weight: slab.rowWeights(take(name + "weight", [outputs, size]), rows: outputs),
        bias: slab.perChannel(take(name + "bias", [outputs])), offset: Heads.offsets[index])
    }
    return Heads(
      count: count, input: slab.rowWeights(input, rows: inputBias.count),
      inputBias: slab.floats(inputBias),
      hidden: slab.rowWeights(hidden, rows: hiddenBias.count),
      hiddenBias: slab.floats(hiddenBias),
      decoders: (decoders[0], decoders[1], decoders[2], count > 3 ? decoders[3] : nil))
  }
}
