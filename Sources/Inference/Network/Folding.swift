import Layers

// The layers of the face's network, under the reference's names.
extension Folding {
  /// One layer of the face's backbone.
  private mutating func layer(
    _ name: String, _ shape: [Int], isLinear: Bool
  ) -> (weight: [Float], bias: [Float], slope: [Float]?) {
    let name = backbone + name
    let (weight, bias) = folded(name + ".conv", name + ".bn", shape)
    return (weight, bias, isLinear ? nil : take(name + ".prelu.weight", [shape[0]]))
  }

  /// The 3x3 convolution of the picture. Of luma, which stands for all three channels alike, it needs
  /// one, with the sum of their weights.
  mutating func stem(_ name: String, _ outputs: Int) -> PanelConvolution {
    var (weight, bias, slope) = layer(name, [outputs, 3, 3, 3], isLinear: false)
    let inputs = InputImage.channels(checkpoint.inputChannels)
    if inputs == 1 {
      weight = (0..<outputs * 9).map { place in
        let first = place / 9 * 27 + place % 9
        return Float(Double(weight[first]) + Double(weight[first + 9]) + Double(weight[first + 18]))
      }
    }
    let order = stemOrder(inputs)
    return PanelConvolution(
      inputs: inputs, outputs: outputs, depth: order.count,
      weight: arena.panelWeights(weight, outputs: outputs, order: order),
      bias: arena.perChannel(bias), slope: slope.map(arena.perChannel))
  }

  /// A 1x1 convolution.
  mutating func panels(
    _ name: String, _ inputs: Int, _ outputs: Int, isLinear: Bool = false
  ) -> PanelConvolution {
    let (weight, bias, slope) = layer(name, [outputs, inputs, 1, 1], isLinear: isLinear)
    return arena.pointwise(weight, inputs: inputs, bias: bias, slope: slope, precision)
  }

  mutating func depthwise(
    _ name: String, _ channels: Int, kernel: Int = 3, isLinear: Bool = false
  ) -> DepthwiseConvolution {
    let (weight, bias, slope) = layer(name, [channels, 1, kernel, kernel], isLinear: isLinear)
    return DepthwiseConvolution(
      channels: channels, taps: kernel * kernel,
      weight: arena.blockWeights(weight, channels: channels), bias: arena.perChannel(bias),
      slope: slope.map(arena.perChannel))
  }

  private mutating func bottleneck(_ layer: EMENetV.Layer) -> Bottleneck {
    Bottleneck(
      expand: SeparableConvolution(
        pointwise: panels(layer.name + ".conv", layer.inputs, layer.wide),
        depthwise: depthwise(layer.name + ".conv_dw", layer.wide), stride: layer.stride),
      project: panels(layer.name + ".project", layer.wide, layer.outputs, isLinear: true),
      side: layer.side, isResidual: layer.isResidual)
  }

  mutating func bottlenecks(_ layers: [EMENetV.Layer]) -> UnsafeBufferPointer<Bottleneck> {
    arena.constants(layers.map { bottleneck($0) })
  }
}

extension Folding {
  /// The heads, and the part of their input matrices that multiplies the sound feature: (count *
  /// 384, soundSize).
  mutating func heads(soundSize: Int = 0) -> (heads: Heads, soundInput: Matrix) {
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
        weight: arena.matrix(take(name + "weight", [outputs, size]), rows: outputs),
        bias: arena.perChannel(take(name + "bias", [outputs])), offset: Heads.offsets[task])
    }
    let heads = Heads(
      count: indices.count, input: arena.matrix(input, rows: inputBias.count),
      inputBias: arena.floats(inputBias),
      hidden: arena.matrix(hidden, rows: hiddenBias.count),
      hiddenBias: arena.floats(hiddenBias),
      decoders: (decoders[0], decoders[1], decoders[2], indices.count > 3 ? decoders[3] : nil),
      cover: cover())
    return (heads, arena.matrix(soundInput, rows: inputBias.count))
  }

  /// The estimate of `Training/cover.py`; official checkpoints have none.
  private mutating func cover() -> Heads.Decoder? {
    guard checkpoint.tensors["cover.weight"] != nil else { return nil }
    return Heads.Decoder(
      outputs: 1,
      weight: arena.matrix(take("cover.weight", [1, EMENetV.featureSize]), rows: 1),
      bias: arena.perChannel(take("cover.bias", [1])), offset: Heads.coverOffset)
  }

  /// Indices in `tmodels` of EXPR, AU, VA and, if present, FA. The reference orders the heads as on
  /// its command line; their output sizes identify them. A head for voice activity (VAD) is allowed
  /// and ignored. A head of any other size takes the place of a missing task, so that `finish`
  /// reports it.
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
