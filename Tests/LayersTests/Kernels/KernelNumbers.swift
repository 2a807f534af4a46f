import Kernels

@testable import Layers

/// Numbers in [-1, 1) that are the same in every run.
struct Numbers {
  private var seed: UInt64 = 1

  mutating func next(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(seed >> 40) / Float(1 << 23) - 1
    }
  }

  mutating func panel(depth: Int, hasSlope: Bool, blocks: Int = 2) -> Weights {
    Weights(next(depth * 32), next(32), hasSlope ? next(32) : nil, blocks: blocks)
  }

  mutating func block(taps: Int, hasSlope: Bool) -> Weights {
    Weights(next(taps * 16), next(16), hasSlope ? next(16) : nil)
  }
}

/// Holds what the kernels' structures point to.
struct Weights {
  private let arena: Arena
  private let weight: UnsafePointer<Float>
  private let bias: UnsafePointer<Float>
  private let slope: UnsafePointer<Float>?

  private let blocks: Int
  var isRectified = false

  init(_ weight: [Float], _ bias: [Float], _ slope: [Float]?, blocks: Int = 2) {
    self.blocks = blocks
    arena = Arena(bytes: (weight.count + 128) * 4)
    self.weight = arena.floats(weight)
    self.bias = arena.floats(bias)
    self.slope = slope.map(arena.floats)
  }

  var panel: kernel_panel {
    kernel_panel(
      weight: weight, pairs: nil, bias: bias, slope: slope, blocks: blocks,
      isRectified: isRectified)
  }
  var block: kernel_depthwise {
    kernel_depthwise(weight: weight, bias: bias, slope: slope, isRectified: isRectified)
  }
}
