import Layers

// The layers of the sound encoder, under NeMo's names.
extension Folding {
  /// `name.mconv.0` depthwise, `.1` 1x1, `.2` batch norm
  mutating func separable(
    _ name: String, _ inputs: Int, _ outputs: Int, taps: Int, dilation: Int = 1
  ) -> MarbleNet.Separable {
    .init(
      depthwise: line(name + ".mconv.0", inputs, taps: taps, dilation: dilation),
      pointwise: rectified([(name + ".mconv.1", name + ".mconv.2")], [inputs], outputs))
  }

  /// `.mconv.0` to `.2` as in ``separable``, `.5` to `.7` likewise; `.res.0.0` 1x1, `.res.0.1`
  /// batch norm
  mutating func residual(
    _ name: String, _ inputs: Int, _ outputs: Int, taps: Int
  ) -> MarbleNet.Residual {
    .init(
      first: separable(name, inputs, outputs, taps: taps),
      second: line(name + ".mconv.5", outputs, taps: taps, dilation: 1),
      sum: rectified(
        [(name + ".mconv.6", name + ".mconv.7"), (name + ".res.0.0", name + ".res.0.1")],
        [outputs, inputs], outputs))
  }

  /// `.mconv.0` 1x1, `.1` batch norm; after it the mean over 64 columns, of which the last one is
  /// the convolution of zeros.
  mutating func mean(_ name: String, _ inputs: Int, _ outputs: Int) -> GlobalFeature {
    let separate = rectified([(name + ".mconv.0", name + ".mconv.1")], [inputs], outputs)
    let last = (0..<outputs).map { max(0, separate.bias[$0]) / 64 }
    return GlobalFeature(
      separate: separate,
      global: DepthwiseConvolution(
        channels: outputs, taps: SequenceBuffer.count,
        weight: arena.blockWeights(
          .init(repeating: 1 / 64, count: outputs * SequenceBuffer.count), channels: outputs),
        bias: arena.perChannel(last), slope: nil),
      area: SequenceBuffer.count)
  }

  private mutating func line(
    _ name: String, _ channels: Int, taps: Int, dilation: Int
  ) -> LineConvolution {
    let weight = take(name + ".conv.weight", [channels, 1, taps])
    return LineConvolution(
      channels: channels, taps: taps, dilation: dilation,
      weight: arena.blockWeights(weight, channels: channels))
  }

  /// The sum of 1x1 convolutions, each with its batch norm, of inputs that lie after one another;
  /// then a ReLU.
  ///
  /// - Parameter inputs: channels of each input, in whole blocks
  private mutating func rectified(
    _ names: [(convolution: String, norm: String)], _ inputs: [Int], _ outputs: Int
  ) -> PanelConvolution {
    let depth = inputs.reduce(0, +)
    var weight = [Float](repeating: 0, count: outputs * depth)
    var bias = [Float](repeating: 0, count: outputs)
    var start = 0
    for (name, count) in zip(names, inputs) {
      let part = folded(
        name.convolution + ".conv", name.norm, [outputs, count, 1], epsilon: MarbleNet.epsilon)
      for output in 0..<outputs {
        bias[output] += part.bias[output]
        for input in 0..<count {
          weight[output * depth + start + input] = part.weight[output * count + input]
        }
      }
      start += count
    }
    return PanelConvolution(
      inputs: depth, outputs: outputs, depth: depth,
      weight: arena.panelWeights(weight, outputs: outputs, order: channelOrder(depth)),
      bias: arena.perChannel(bias), slope: arena.perChannel(.init(repeating: 0, count: outputs)))
  }
}

extension Folding {
  /// Compares the front end's tables in the checkpoint, if it has them, with the formulas: weights
  /// trained with a different front end would receive noise here.
  mutating func checkFrontEnd() throws(CheckpointError) {
    let tables = [
      ("dct_mat", [64, 64], FrontEndTables.cosines),
      ("MelSpectrogram.spectrogram.window", [400], FrontEndTables.window),
      ("MelSpectrogram.mel_scale.fb", [257, 64], FrontEndTables.melFilters),
    ]
    for (table, shape, values) in tables {
      let name = "audio_backbone.preprocessor.featurizer." + table
      guard let tensor = checkpoint.tensors[name] else { continue }
      shapes[name] = shape
      let difference = zip(values, tensor.values).map { abs($0 - $1) }.max() ?? 0
      if tensor.shape == shape, difference > FrontEndTables.tolerance {
        throw CheckpointError(
          checkpoint.path, tensor: name, .otherFrontEnd(difference: difference))
      }
    }
  }
}
