/// Takes tensors out of a checkpoint by name, folds each batch norm into its convolution and packs
/// the result for the kernels.
struct Folding {
  let checkpoint: Checkpoint
  let slab: Slab
  private let backbone: String
  /// Of every tensor that was asked for.
  var shapes: [String: [Int]] = [:]

  /// - Parameter backbone: what the names of the face's layers begin with
  init(_ checkpoint: Checkpoint, into slab: Slab, backbone: String) {
    self.checkpoint = checkpoint
    self.slab = slab
    self.backbone = backbone
  }

  /// Zeros where it is missing or misshapen; `finish` then throws.
  mutating func take(_ name: String, _ shape: [Int]) -> [Float] {
    shapes[name] = shape
    guard let tensor = checkpoint.tensors[name], tensor.shape == shape else {
      return [Float](repeating: 0, count: shape.reduce(1, *))
    }
    return tensor.values
  }

  func finish() throws(CheckpointError) {
    try checkpoint.check(against: shapes) { $0.hasSuffix("num_batches_tracked") }
  }

  /// A convolution without bias and the batch norm behind it, as one with a bias.
  mutating func folded(
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
      // In double precision: the folded network then differs from the unfolded by rounding only.
      let scale = Double(gain[channel]) / (Double(variance[channel]) + epsilon).squareRoot()
      bias[channel] = Float(Double(bias[channel]) - Double(mean[channel]) * scale)
      for i in channel * taps..<(channel + 1) * taps {
        weight[i] = Float(Double(weight[i]) * scale)
      }
    }
    return (weight, bias)
  }

  /// A layer of the face's backbone.
  private mutating func layer(
    _ name: String, _ shape: [Int], isLinear: Bool
  ) -> (weight: [Float], bias: [Float], slope: [Float]?) {
    let name = backbone + name
    let (weight, bias) = folded(name + ".conv", name + ".bn", shape)
    return (weight, bias, isLinear ? nil : take(name + ".prelu.weight", [shape[0]]))
  }

  /// A 1x1 convolution, or with `kernel` 3 the stem.
  mutating func panels(
    _ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1, isLinear: Bool = false
  ) -> PanelConvolution {
    let (weight, bias, slope) = layer(
      name, [outputs, inputs, kernel, kernel], isLinear: isLinear)
    let order = kernel == 1 ? channelOrder(inputs) : stemOrder
    return PanelConvolution(
      inputs: inputs, outputs: outputs, depth: order.count,
      weight: slab.panelWeights(weight, outputs: outputs, order: order),
      bias: slab.perChannel(bias), slope: slope.map(slab.perChannel))
  }

  mutating func depthwise(
    _ name: String, _ channels: Int, kernel: Int = 3, isLinear: Bool = false
  ) -> DepthwiseConvolution {
    let (weight, bias, slope) = layer(name, [channels, 1, kernel, kernel], isLinear: isLinear)
    return DepthwiseConvolution(
      channels: channels, taps: kernel * kernel,
      weight: slab.blockWeights(weight, channels: channels), bias: slab.perChannel(bias),
      slope: slope.map(slab.perChannel))
  }

  private mutating func bottleneck(_ layer: EMENetV.Layer) -> Bottleneck {
    Bottleneck(
      widening: Widening(
        wide: panels(layer.name + ".conv", layer.inputs, layer.wide),
        depthwise: depthwise(layer.name + ".conv_dw", layer.wide), side: layer.side,
        stride: layer.stride),
      project: panels(layer.name + ".project", layer.wide, layer.outputs, isLinear: true),
      isResidual: layer.isResidual)
  }

  mutating func bottlenecks(_ layers: [EMENetV.Layer]) -> UnsafeBufferPointer<Bottleneck> {
    slab.constants(layers.map { bottleneck($0) })
  }
}

extension Folding {
  /// The heads, and that part of their input matrices which meets the sound: (count * 384 / 16,
  /// soundSize, 16).
  mutating func heads(soundSize: Int = 0) -> (heads: Heads, soundInput: UnsafePointer<Float>) {
    let size = EMENetV.stateSize
    let (face, all) = (EMENetV.featureSize, EMENetV.featureSize + soundSize)
    var (input, soundInput, hidden) = ([Float](), [Float](), [Float]())
    var (inputBias, hiddenBias) = ([Float](), [Float]())
    let indices = headIndices()
    for index in indices {
      let name = "tmodels.\(index).rnn."
      let rows = take(name + "weight_ih_l0", [3 * size, all])
      for row in stride(from: 0, to: rows.count, by: all) {
        input += rows[row..<row + face]
        soundInput += rows[row + face..<row + all]
      }
      hidden += take(name + "weight_hh_l0", [3 * size, size])
      inputBias += take(name + "bias_ih_l0", [3 * size])
      hiddenBias += take(name + "bias_hh_l0", [3 * size])
    }
    let decoders = indices.enumerated().map { task, index in
      let name = "tmodels.\(index).decoder."
      let outputs = Heads.outputs[task]
      return Heads.Decoder(
        outputs: outputs,
        weight: slab.rowWeights(take(name + "weight", [outputs, size]), rows: outputs),
        bias: slab.perChannel(take(name + "bias", [outputs])), offset: Heads.offsets[task])
    }
    let heads = Heads(
      count: indices.count, input: slab.rowWeights(input, rows: inputBias.count),
      inputBias: slab.floats(inputBias),
      hidden: slab.rowWeights(hidden, rows: hiddenBias.count),
      hiddenBias: slab.floats(hiddenBias),
      decoders: (decoders[0], decoders[1], decoders[2], indices.count > 3 ? decoders[3] : nil))
    return (heads, slab.rowWeights(soundInput, rows: inputBias.count))
  }

  /// The place among `tmodels` of EXPR, AU, VA and perhaps FA. The reference orders heads as its
  /// command line does; their outputs tell which is which. The head of voice activity, VAD, has no
  /// use here and may be there. A head of another size stands for a task that is missing, so that
  /// `finish` names it.
  private mutating func headIndices() -> [Int] {
    let present = Set(
      checkpoint.tensors.keys.compactMap { name in
        name.hasPrefix("tmodels.") ? Int(name.split(separator: ".")[1]) : nil
      })
    func outputs(_ index: Int) -> Int? {
      checkpoint.tensors["tmodels.\(index).decoder.bias"]?.values.count
    }
    var free = present.sorted()
    if let index = free.first(where: { outputs($0) == 2 }) {
      free.removeAll { $0 == index }
      for name in checkpoint.tensors.keys where name.hasPrefix("tmodels.\(index).") {
        shapes[name] = checkpoint.tensors[name]?.shape
      }
    }
    var indices = Heads.outputs.map { size in
      free.firstIndex { outputs($0) == size }.map { free.remove(at: $0) }
    }
    for task in indices.indices where indices[task] == nil {
      if !free.isEmpty {
        indices[task] = free.removeFirst()
      } else if task < 3 {
        indices[task] = task
      }
    }
    return indices.compactMap { $0 }
  }
}
