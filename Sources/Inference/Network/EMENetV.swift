import Glibc

/// EMENet-V: a MobileFaceNet backbone and one GRU head per task (Deng, Wu and Shi 2021,
/// arXiv 2108.04228; names and order of the released state dict).
public final class EMENetV {
  public static let side = 112
  public static let featureSize = 512
  public static let stateSize = 128

  private let layers: [(name: String, block: Block)]
  let heads: [Head]  // EXPR, AU, VA, FA
  private var buffers: [UnsafeMutablePointer<Float>]
  private let scratch: UnsafeMutablePointer<Float>

  private enum Block {
    case single(Convolution)
    /// expand 1x1 -> depthwise 3x3 -> project 1x1, with a shortcut where the shape stays
    case bottleneck(Convolution, Convolution, Convolution, isResidual: Bool)
  }

  public init(_ checkpoint: Checkpoint) throws(CheckpointError) {
    var builder = Builder(checkpoint)
    func bottleneck(
      _ name: String, _ inputs: Int, _ wide: Int, _ outputs: Int, stride: Int = 1,
      isResidual: Bool = false
    ) -> (String, Block) {
      (
        name,
        .bottleneck(
          builder.convolution("\(name).conv", inputs, wide),
          builder.convolution(
            "\(name).conv_dw", wide, wide, kernel: 3, stride: stride, depthwise: true),
          builder.convolution("\(name).project", wide, outputs, isLinear: true),
          isResidual: isResidual)
      )
    }
    var layers: [(String, Block)] = []
    layers.append(("conv1", .single(builder.convolution("conv1", 3, 64, kernel: 3, stride: 2))))
    layers.append(
      ("conv2_dw", .single(builder.convolution("conv2_dw", 64, 64, kernel: 3, depthwise: true))))
    layers.append(bottleneck("conv_23", 64, 128, 64, stride: 2))
    for i in 0..<4 { layers.append(bottleneck("conv_3.model.\(i)", 64, 128, 64, isResidual: true)) }
    layers.append(bottleneck("conv_34", 64, 256, 128, stride: 2))
    for i in 0..<6 {
      layers.append(bottleneck("conv_4.model.\(i)", 128, 256, 128, isResidual: true))
    }
    layers.append(bottleneck("conv_45", 128, 512, 128, stride: 2))
    for i in 0..<2 {
      layers.append(bottleneck("conv_5.model.\(i)", 128, 256, 128, isResidual: true))
    }
    layers.append(("conv_6_sep", .single(builder.convolution("conv_6_sep", 128, 512))))
    layers.append(
      (
        "output_layer",
        .single(
          builder.convolution(
            "output_layer.conv_6_dw", 512, 512, kernel: 7, padding: 0, depthwise: true,
            isLinear: true))
      ))
    self.layers = layers
    var heads: [Head] = []
    for (index, size) in [7, 12, 40, 136].enumerated() where index < 3 || builder.hasHead(index) {
      heads.append(builder.head(index, outputs: size))
    }
    self.heads = heads
    buffers = (0..<3).map { _ in .allocate(capacity: 64 * 56 * 56 * 2) }
    scratch = .allocate(capacity: 27 * 56 * 56)
    try builder.finish()
  }

  deinit {
    for buffer in buffers { buffer.deallocate() }
    scratch.deallocate()
  }

  /// - Parameters:
  ///   - input: (3, 112, 112) in [0, 1]
  ///   - observe: gets the name and output of each block, for tests
  /// - Returns: (512,) valid until the next call
  func features(
    of input: [Float], observe: ((String, UnsafeBufferPointer<Float>) -> Void)? = nil
  ) -> UnsafePointer<Float> {
    var side = Self.side
    buffers[0].update(from: input, count: input.count)
    for (name, block) in layers {
      let outputs: Int
      switch block {
      case .single(let convolution):
        convolution.forward(buffers[0], side: side, to: buffers[1], scratch: scratch)
        side = convolution.outputSide(side)
        outputs = convolution.outputs
        buffers.swapAt(0, 1)
      case .bottleneck(let expand, let depthwise, let project, let isResidual):
        expand.forward(buffers[0], side: side, to: buffers[1], scratch: scratch)
        depthwise.forward(buffers[1], side: side, to: buffers[2], scratch: scratch)
        side = depthwise.outputSide(side)
        project.forward(
          buffers[2], side: side, to: buffers[1],
          adding: isResidual ? UnsafePointer(buffers[0]) : nil, scratch: scratch)
        outputs = project.outputs
        buffers.swapAt(0, 1)
      }
      observe?(name, UnsafeBufferPointer(start: buffers[0], count: outputs * side * side))
    }
    return UnsafePointer(buffers[0])
  }
}

/// Takes tensors out of a checkpoint by name and folds each batch norm into its convolution.
private struct Builder {
  private let checkpoint: Checkpoint
  private var shapes: [String: [Int]] = [:]

  init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

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

  mutating func convolution(
    _ name: String, _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1,
    padding: Int? = nil, depthwise: Bool = false, isLinear: Bool = false
  ) -> Convolution {
    let name = "backbone." + name
    let depth = (depthwise ? 1 : inputs) * kernel * kernel
    var weight = take(name + ".conv.weight", [outputs, depthwise ? 1 : inputs, kernel, kernel])
    let gain = take(name + ".bn.weight", [outputs])
    var bias = take(name + ".bn.bias", [outputs])
    let mean = take(name + ".bn.running_mean", [outputs])
    let variance = take(name + ".bn.running_var", [outputs])
    for channel in 0..<outputs {
      // In double precision: the folded network then differs from the unfolded by rounding only.
      let scale = Double(gain[channel]) / (Double(variance[channel]) + 1e-5).squareRoot()
      bias[channel] = Float(Double(bias[channel]) - Double(mean[channel]) * scale)
      for i in channel * depth..<(channel + 1) * depth {
        weight[i] = Float(Double(weight[i]) * scale)
      }
    }
    return Convolution(
      kernel: kernel, stride: stride, padding: padding ?? kernel / 2, isDepthwise: depthwise,
      outputs: outputs, inputs: inputs, weight: weight, bias: bias,
      slope: isLinear ? nil : take(name + ".prelu.weight", [outputs]))
  }

  mutating func head(_ index: Int, outputs: Int) -> Head {
    let name = "tmodels.\(index)."
    let size = EMENetV.stateSize
    return Head(
      inputWeight: take(name + "rnn.weight_ih_l0", [3 * size, EMENetV.featureSize]),
      hiddenWeight: take(name + "rnn.weight_hh_l0", [3 * size, size]),
      inputBias: take(name + "rnn.bias_ih_l0", [3 * size]),
      hiddenBias: take(name + "rnn.bias_hh_l0", [3 * size]),
      decoderWeight: take(name + "decoder.weight", [outputs, size]),
      decoderBias: take(name + "decoder.bias", [outputs]))
  }
}
