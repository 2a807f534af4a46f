import Testing

@testable import Layers

/// Packing, rows, borders and bands: compares whole layers with a convolution written from its
/// definition, with channel counts that do not fill a vector, and with themselves in bands.
@Suite struct LayerTests {
  struct Shape: Sendable, CustomTestStringConvertible {
    var inputs: Int
    var wide: Int
    var side: Int
    var stride: Int
    var testDescription: String { "\(inputs) -> \(wide), \(side) px, stride \(stride)" }
  }

  static let shapes = [(1, 1), (3, 7), (16, 32), (17, 33), (40, 70)].flatMap { inputs, wide in
    [1, 2, 3, 5, 7, 14, 15, 29, 43].flatMap { side in
      [1, 2].map { Shape(inputs: inputs, wide: wide, side: side, stride: $0) }
    }
  }

  @Test(arguments: KernelSet.available)
  func widenAndProject(kernels: KernelSet) {
    for shape in Self.shapes { check(shape, kernels.pointer, .f32, limit: 1e-4) }
  }

  /// Inputs and weights with eight significant bits; what is between the layers is rounded once
  /// more.
  @Test(arguments: KernelSet.available.filter { $0.supports(.bf16) })
  func widenAndProjectInBFloat16(kernels: KernelSet) {
    for shape in Self.shapes { check(shape, kernels.pointer, .bf16, limit: 0.03) }
  }

  /// In both forms, whose products are the same to the last bit.
  @Test(arguments: KernelSet.available) func matrix(kernels: KernelSet) {
    for (rows, depth) in [(1, 1), (16, 2), (40, 7), (136, 128), (48, 513)] {
      let arena = Arena(bytes: 1 << 20)
      let exact = weights(rows * depth, 1).map { Float(bitPattern: $0.bitPattern & 0xffff_0000) }
      let short = arena.matrix(exact, rows: rows)
      #expect(short.weight == nil)
      var inexact = exact
      inexact[rows * depth - 1] = 0.1
      let float = arena.matrix(inexact, rows: rows)
      #expect(float.pairs == nil)
      let bias = arena.perChannel(weights(rows, 2))
      let x = arena.floats(weights(depth, 3))
      let first = min(16, (rows - 1) / 16 * 16)
      let results = [short, float].map { matrix in
        let y = arena.floats(blocks(rows) * 16)
        matrix.product(first..<blocks(rows) * 16, x, adding: bias + first, to: y, kernels.pointer)
        return (first..<rows).map { y[$0 - first] }
      }
      #expect(results[0].dropLast() == results[1].dropLast())
      for row in first..<rows {
        let sum = (0..<depth).reduce(Double(bias[row])) {
          $0 + Double(exact[row * depth + $1]) * Double(x[$1])
        }
        #expect(abs(Double(results[0][row - first]) - sum) < 1e-5)
      }
    }
  }

  /// A residual bottleneck if stride and shape allow it, otherwise one without the shortcut.
  private func check(
    _ shape: Shape, _ kernels: Kernels, _ precision: Precision, limit: Float
  ) {
    let (inputs, wide, side) = (shape.inputs, shape.wide, shape.side)
    let isResidual = shape.stride == 1
    let arena = Arena(bytes: 4 << 20)
    let expand = weights(wide * inputs, 1)
    let depthwise = weights(wide * 9, 2)
    let project = weights(inputs * wide, 3)
    let (bias, slope) = (weights(wide, 4), weights(wide, 5))
    let outBias = weights(inputs, 6)
    func panels(
      _ weight: [Float], _ inputs: Int, _ outputs: Int, _ bias: [Float], _ slope: [Float]?
    ) -> PanelConvolution {
      let order = channelOrder(inputs)
      let isShort = precision == .bf16
      return PanelConvolution(
        inputs: inputs, outputs: outputs, depth: order.count,
        weight: isShort ? nil : arena.panelWeights(weight, outputs: outputs, order: order),
        pairs: isShort ? arena.pairWeights(weight, outputs: outputs) : nil,
        bias: arena.perChannel(bias), slope: slope.map(arena.perChannel))
    }
    let block = Bottleneck(
      expand: SeparableConvolution(
        pointwise: panels(expand, inputs, wide, bias, slope),
        depthwise: DepthwiseConvolution(
          channels: wide, taps: 9, weight: arena.blockWeights(depthwise, channels: wide),
          bias: arena.perChannel(bias), slope: arena.perChannel(slope)),
        stride: shape.stride),
      project: panels(project, wide, inputs, outBias, nil),
      side: side, isResidual: isResidual)
    let outSide = block.outputSide
    let picture = weights(inputs * side * side, 7)
    let x = FeatureMap((inputs + 31) / 32 * 32 * side * side, in: arena)
    let middle = FeatureMap((wide + 31) / 32 * 32 * outSide * outSide, in: arena)
    let ring = arena.floats(SeparableConvolution.ringSize(width: side))
    /// (inputs, outSide²), divided as for so many threads
    func result(threads: Int) -> [Float] {
      for channel in 0..<inputs {
        for pixel in 0..<side * side {
          let place = (channel / 16 * side * side + pixel) * 16 + channel % 16
          x.values[place] = picture[channel * side * side + pixel]
          x.short[place] = UInt16(roundingToBFloat16: x.values[place])
        }
      }
      var worker = Worker(pool: nil, step: 0, threads: threads)
      block.forward(x, wide: middle, ring: ring, kernels, &worker)
      return (0..<inputs * outSide * outSide).map { place in
        let (channel, pixel) = (place / (outSide * outSide), place % (outSide * outSide))
        return x.values[(channel / 16 * outSide * outSide + pixel) * 16 + channel % 16]
      }
    }
    let found = result(threads: 1)
    for threads in 2...4 {
      #expect(result(threads: threads) == found, "\(shape.testDescription), \(threads) bands")
    }

    var expected = convolve(picture, expand, bias, slope, inputs, wide, side, kernel: 1, stride: 1)
    expected = convolve(
      expected, depthwise, bias, slope, 1, wide, side, kernel: 3, stride: shape.stride)
    expected = convolve(
      expected, project, outBias, nil, wide, inputs, outSide, kernel: 1, stride: 1)
    if isResidual { expected = zip(expected, picture).map { $0 + $1 } }
    let worst = zip(expected, found).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(worst < limit, "\(shape.testDescription): \(worst)")
  }

  /// From the definition: `x` (channels, side, side), zero padding; `depth` is 1 for a depthwise
  /// layer.
  private func convolve(
    _ x: [Float], _ weight: [Float], _ bias: [Float], _ slope: [Float]?, _ depth: Int,
    _ outputs: Int, _ side: Int, kernel: Int, stride: Int
  ) -> [Float] {
    let outSide = (side - 1) / stride + 1
    let isDepthwise = depth == 1 && x.count == outputs * side * side
    var y: [Float] = []
    y.reserveCapacity(outputs * outSide * outSide)
    for output in 0..<outputs {
      for place in 0..<outSide * outSide {
        var sum = bias[output]
        for tap in 0..<depth * kernel * kernel {
          let channel = isDepthwise ? output : tap / (kernel * kernel)
          let row = place / outSide * stride + tap / kernel % kernel - kernel / 2
          let column = place % outSide * stride + tap % kernel - kernel / 2
          guard 0..<side ~= row, 0..<side ~= column else { continue }
          sum +=
            weight[output * depth * kernel * kernel + tap]
            * x[(channel * side + row) * side + column]
        }
        if let slope, sum < 0 { sum *= slope[output] }
        y.append(sum)
      }
    }
    return y
  }

  /// Numbers in [-0.5, 0.5) that are the same in every run.
  private func weights(_ count: Int, _ seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) - 0.5
    }
  }
}
