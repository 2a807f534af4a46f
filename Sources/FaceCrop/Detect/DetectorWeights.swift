import Layers

/// Takes YuNet's tensors out of a checkpoint by name and packs them for the kernels.
struct DetectorWeights {
  private var folding: Folding
  private let arena: Arena

  init(_ checkpoint: Checkpoint, into arena: Arena, _ precision: Precision) {
    self.arena = arena
    folding = Folding(checkpoint, into: arena, precision)
  }

  /// The 3x3 convolution with stride 2 over blue, green and red, and its ReLU.
  mutating func stem() -> PanelConvolution {
    let name = "backbone.model0.pw."
    let order = stemOrder(3)
    return PanelConvolution(
      inputs: 3, outputs: 16, depth: order.count,
      weight: arena.panelWeights(
        folding.take(name + "weight", [16, 3, 3, 3]), outputs: 16, order: order),
      bias: arena.perChannel(folding.take(name + "bias", [16])), slope: nil, isRectified: true)
  }

  /// `name.pw` 1x1, `name.dw` 3x3 depthwise, and a ReLU
  mutating func unit(
    _ name: String, _ inputs: Int, _ outputs: Int, isPooled: Bool = false
  ) -> SeparableConvolution {
    separable(
      [(name, outputs)], inputs, folding.precision, isRectified: true, isPooled: isPooled)
  }

  /// The four heads of a scale merged into one: class, object, box, points. They are float in any
  /// precision, since positions need more than eight significant bits.
  mutating func head(level: Int) -> SeparableConvolution {
    let heads = [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)].map {
      ("bbox_head.multi_level_\($0.0).\(level)", $0.1)
    }
    return separable(heads, 64, .f32, isRectified: false, isPooled: false)
  }

  func finish() throws(CheckpointError) { try folding.finish() }

  private mutating func separable(
    _ parts: [(name: String, outputs: Int)], _ inputs: Int, _ precision: Precision,
    isRectified: Bool, isPooled: Bool
  ) -> SeparableConvolution {
    var (wide, wideBias, deep, deepBias) = ([Float](), [Float](), [Float](), [Float]())
    for (name, outputs) in parts {
      wide += folding.take(name + ".pw.weight", [outputs, inputs, 1, 1])
      wideBias += folding.take(name + ".pw.bias", [outputs])
      deep += folding.take(name + ".dw.weight", [outputs, 1, 3, 3])
      deepBias += folding.take(name + ".dw.bias", [outputs])
    }
    let outputs = wideBias.count
    return SeparableConvolution(
      pointwise: arena.pointwise(wide, inputs: inputs, bias: wideBias, slope: nil, precision),
      depthwise: DepthwiseConvolution(
        channels: outputs, taps: 9, weight: arena.blockWeights(deep, channels: outputs),
        bias: arena.perChannel(deepBias), slope: nil,
        isRectified: isRectified),
      isPooled: isPooled)
  }
}
