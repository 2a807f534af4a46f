import Kernels
import Testing

@testable import Layers

/// Every fast kernel against the plain one, over shapes with every kind of remainder. Each output
/// has a margin around it that a kernel must leave alone.
@Suite struct KernelTests {
  static let fast = KernelSet.available.dropLast()
  static var plain: kernel_set { KernelSet.available.last!.pointer.pointee }
  static let marker: Float = 12345

  @Test func thePlainSetIsTheLast() {
    #expect(KernelSet.available.last?.name == "plain")
    #expect(!Self.fast.isEmpty)
  }

  @Test(arguments: fast) func pointwise(set: KernelSet) {
    var numbers = Numbers()
    for blocks in [1, 2, 5] {
      for pixels in 0...31 {
        for (hasSlope, hasResidual, gap) in [(true, true, 0), (false, false, 3), (true, false, 1)] {
          let panel = numbers.panel(depth: blocks * 16, hasSlope: hasSlope)
          let xBlock = (pixels + gap) * 16
          let x = numbers.next(blocks * xBlock + 16)
          let yBlock = (pixels + 2 * gap) * 16
          let residual = hasResidual ? numbers.next(2 * yBlock) : nil
          compare(set, count: 2 * yBlock, "\(pixels) px, \(blocks) blocks") { kernels, y in
            var panel = panel.panel
            kernels.pointwise(&panel, x, xBlock, blocks, residual, y, yBlock, pixels)
          }
        }
      }
    }
  }

  @Test(arguments: fast.filter { $0.supports(.bf16) }, [1, 2])
  func pointwisePairs(set: KernelSet, panelBlocks: Int) {
    var numbers = Numbers()
    for blocks in [1, 2, 5] {
      for pixels in 0...61 {
        let (gap, isResidual) = (pixels % 3, pixels % 2 == 0)
        let panel = numbers.panel(depth: blocks * 16, hasSlope: !isResidual, blocks: panelBlocks)
        let xBlock = (pixels + gap) * 16
        let x = Self.short(numbers.next(blocks * xBlock + 16))
        let pairs = Self.short(numbers.next(blocks * 16 * 32))
        let yBlock = (pixels + 2 * gap) * 16
        let residual = isResidual ? numbers.next(2 * yBlock) : nil
        compare(set, count: 2 * yBlock, "\(pixels) px, \(blocks) blocks") { kernels, y in
          pairs.withUnsafeBufferPointer { pairs in
            var panel = panel.panel
            (panel.weight, panel.pairs) = (nil, pairs.baseAddress)
            kernels.pointwisePairs!(&panel, x, xBlock, blocks, residual, y, nil, yBlock, pixels)
          }
        }
      }
    }
  }

  /// Exactly: given as the residual of a product with zeros.
  @Test(arguments: fast.filter { $0.supports(.bf16) }) func pointwisePairsRounds(set: KernelSet) {
    let x = Self.roundedFloats
    let weights = Weights(.init(repeating: 0, count: 16 * 32), .init(repeating: 0, count: 32), nil)
    let (zeros, pixels) = ([UInt16](repeating: 0, count: x.count), x.count / 32)
    let results = [Self.plain, set.pointer.pointee].map { kernels in
      var y = x
      var short = [UInt16](repeating: 77, count: x.count + 16)
      zeros.withUnsafeBufferPointer { zeros in
        var panel = weights.panel
        (panel.weight, panel.pairs) = (nil, zeros.baseAddress)
        kernels.pointwisePairs!(
          &panel, zeros.baseAddress!, 0, 1, x, &y, &short, x.count / 2, pixels)
      }
      return short
    }
    #expect(results[0] == results[1])
    #expect(results[1].suffix(16).allSatisfy { $0 == 77 }, "it wrote beyond its output")
  }

  /// The depthwise kernels round what they would store in float, by the same rule.
  @Test(arguments: fast.filter { $0.supports(.bf16) }) func depthwiseRounds(set: KernelSet) {
    let kernels = set.pointer.pointee
    var numbers = Numbers()
    for pixels in 1...31 {
      let block = numbers.block(taps: 9, hasSlope: pixels % 2 == 0)
      let rows = (0..<4).map { _ in numbers.next((2 * pixels + 1) * 16) }
      let count = pixels * 16
      var y = [Float](repeating: 0, count: 4 * count)
      var short = [UInt16](repeating: 77, count: 4 * count + 16)
      var weights = block.block
      func both(_ y: UnsafeMutablePointer<Float>?, _ short: UnsafeMutablePointer<UInt16>?) {
        func place<Value>(_ row: Int, _ base: UnsafeMutablePointer<Value>?)
          -> UnsafeMutablePointer<Value>?
        { base.map { $0 + row * count } }
        for stride in 1...2 {
          kernels.depthwise(
            &weights, rows[0], rows[1], rows[2], stride, place(stride - 1, y),
            place(stride - 1, short), pixels)
        }
        kernels.depthwisePair(
          &weights, rows[0], rows[1], rows[2], rows[3], place(2, y), place(2, short), pixels)
      }
      both(&y, nil)
      both(nil, &short)
      #expect(short.dropLast(16) == y.map { UInt16(roundingToBFloat16: $0) }[...], "\(pixels) px")
      #expect(short.suffix(16).allSatisfy { $0 == 77 }, "it wrote beyond its output")
    }
  }

  /// The upper halves: every number is one that bfloat16 has.
  private static func short(_ values: [Float]) -> [UInt16] {
    values.map { UInt16($0.bitPattern >> 16) }
  }

  @Test(arguments: fast) func aPanelOfOneBlock(set: KernelSet) {
    var numbers = Numbers()
    for pixels in 0...61 {
      var panel = numbers.panel(depth: 32, hasSlope: pixels % 2 == 0, blocks: 1)
      panel.isRectified = pixels % 3 == 0
      let x = numbers.next(2 * pixels * 16)
      compare(set, count: pixels * 16, "\(pixels) px") { kernels, y in
        var panel = panel.panel
        kernels.pointwise(&panel, x, pixels * 16, 2, nil, y, 0, pixels)
      }
      let stem = numbers.panel(depth: 27, hasSlope: pixels % 2 == 0, blocks: 1)
      let row = (2 * pixels + 1) * 3
      let picture = numbers.next(3 * row)
      compare(set, count: pixels * 16, "stem, \(pixels) px") { kernels, y in
        var panel = stem.panel
        kernels.stem(&panel, picture, row, 3, y, 0, pixels)
      }
    }
  }

  @Test(arguments: fast) func poolAndEnlarge(set: KernelSet) {
    var numbers = Numbers()
    for pixels in 0...9 {
      let (top, bottom) = (numbers.next(2 * pixels * 16), numbers.next(2 * pixels * 16))
      compare(set, count: pixels * 16, "pool, \(pixels) px") { kernels, y in
        kernels.pool(top, bottom, y, pixels)
      }
      let x = numbers.next(pixels * 16)
      compare(set, count: top.count, "enlarge, \(pixels) px") { kernels, y in
        y.update(from: top, count: top.count)
        kernels.enlarge(x, y, pixels)
      }
    }
  }

  @Test(arguments: fast) func pointwiseAddsInPlace(set: KernelSet) {
    var numbers = Numbers()
    let panel = numbers.panel(depth: 16, hasSlope: false)
    let x = numbers.next(23 * 16)
    let before = numbers.next(2 * 23 * 16)
    compare(set, count: before.count, "in place") { kernels, y in
      y.update(from: before, count: before.count)
      var panel = panel.panel
      kernels.pointwise(&panel, x, 23 * 16, 1, y, y, 23 * 16, 23)
    }
  }

  @Test(arguments: fast, [1, 3]) func stem(set: KernelSet, channels: Int) {
    var numbers = Numbers()
    for pixels in 0...31 {
      let panel = numbers.panel(depth: 9 * channels, hasSlope: pixels % 2 == 0)
      let row = (2 * pixels + 1) * channels
      let x = numbers.next(3 * row)
      compare(set, count: 2 * pixels * 16, "\(pixels) px") { kernels, y in
        var panel = panel.panel
        kernels.stem(&panel, x, row, channels, y, pixels * 16, pixels)
      }
    }
  }

  @Test(arguments: fast, [1, 2]) func depthwise(set: KernelSet, stride: Int) {
    var numbers = Numbers()
    for pixels in 1...31 {
      var block = numbers.block(taps: 9, hasSlope: pixels % 2 == 0)
      block.isRectified = pixels % 3 == 0
      let rows = (0..<3).map { _ in numbers.next(((pixels - 1) * stride + 3) * 16) }
      compare(set, count: pixels * 16, "\(pixels) px") { kernels, y in
        var block = block.block
        kernels.depthwise(&block, rows[0], rows[1], rows[2], stride, y, nil, pixels)
      }
    }
  }

  @Test(arguments: fast) func depthwisePair(set: KernelSet) {
    var numbers = Numbers()
    for pixels in 1...31 {
      var block = numbers.block(taps: 9, hasSlope: pixels % 2 == 0)
      block.isRectified = pixels % 3 == 0
      let rows = (0..<4).map { _ in numbers.next((pixels + 2) * 16) }
      compare(set, count: 2 * pixels * 16, "\(pixels) px") { kernels, y in
        var block = block.block
        kernels.depthwisePair(&block, rows[0], rows[1], rows[2], rows[3], y, nil, pixels)
      }
    }
  }

  @Test(arguments: fast) func global(set: KernelSet) {
    var numbers = Numbers()
    for pixels in [1, 2, 3, 4, 5, 25, 49] {
      let block = numbers.block(taps: pixels, hasSlope: false)
      let x = numbers.next(pixels * 16)
      compare(set, count: 16, "\(pixels) px") { kernels, y in
        var block = block.block
        kernels.global(&block, x, pixels, y)
      }
    }
  }

  @Test(arguments: fast, [1, 2]) func line(set: KernelSet, dilation: Int) {
    var numbers = Numbers()
    for taps in [1, 2, 11, 29] {
      for pixels in 0...63 {
        let weight = numbers.next(taps * 16)
        let x = numbers.next((pixels + (taps - 1) * dilation) * 16)
        compare(set, count: pixels * 16, "\(taps) taps, \(pixels) px") { kernels, y in
          kernels.line(weight, taps, dilation, x, y, pixels)
        }
      }
    }
  }

  /// From nothing over the smallest steps to 2 to the power of 60, more than any spectrum has.
  @Test(arguments: fast) func logarithm(set: KernelSet) {
    var numbers = Numbers()
    for exponent in -60...60 {
      let x =
        [0]
        + numbers.next(31).map { abs($0) * Float(sign: .plus, exponent: exponent, significand: 1) }
      compare(set, count: x.count, "2^\(exponent)") { kernels, y in
        y.update(from: x, count: x.count)
        kernels.logarithm(y, 1e-6, x.count)
      }
    }
  }

  @Test(arguments: fast) func product(set: KernelSet) {
    var numbers = Numbers()
    for panels in [0, 1, 2, 9] {
      for depth in [0, 1, 2, 3, 7, 8, 9, 17, 128, 513] {
        let weight = numbers.next(panels * depth * 16)
        let bias = numbers.next(panels * 16)
        let x = numbers.next(depth)
        compare(set, count: panels * 16, "\(panels) panels, depth \(depth)") { kernels, y in
          kernels.product(weight, bias, x, depth, y, panels)
        }
        let pairs = Self.short(numbers.next(panels * ((depth + 1) / 2) * 32))
        compare(set, count: panels * 16, "pairs, \(panels) panels, depth \(depth)") { kernels, y in
          kernels.productPairs(pairs, bias, x, depth, y, panels)
        }
      }
    }
  }

  @Test(arguments: fast, [1, 10, 1000] as [Float]) func gates(set: KernelSet, scale: Float) {
    var numbers = Numbers()
    for count in [16, 32, 128] {
      let input = numbers.next(3 * count).map { $0 * scale }
      let hidden = numbers.next(3 * count).map { $0 * scale }
      let state = numbers.next(count)
      compare(set, count: count, "\(count)") { kernels, y in
        y.update(from: state, count: count)
        kernels.gates(input, hidden, y, count)
      }
    }
  }

  /// Runs `body` with the plain kernels and with `set` and compares what they wrote.
  private func compare(
    _ set: KernelSet, count: Int, _ what: String,
    body: (kernel_set, UnsafeMutablePointer<Float>) -> Void
  ) {
    let margin = 32
    let results = [Self.plain, set.pointer.pointee].map { kernels in
      var y = [Float](repeating: Self.marker, count: count + 2 * margin)
      y.withUnsafeMutableBufferPointer { body(kernels, $0.baseAddress! + margin) }
      return y
    }
    let worst = zip(results[0], results[1]).map { abs($0 - $1) / max(1, abs($0)) }.max()
    #expect((worst ?? .infinity) < 2e-5, "\(set.name): \(what)")
    for edge in [results[1].prefix(margin), results[1].suffix(margin)] {
      #expect(edge.allSatisfy { $0 == Self.marker }, "\(set.name): \(what) wrote beyond its output")
    }
  }
}
