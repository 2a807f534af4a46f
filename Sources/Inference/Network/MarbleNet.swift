import Kernels

/// MarbleNet 3x2x64 without its classifier (Jia, Majumdar and Ginsburg 2021, arXiv 2010.13886;
/// NeMo's names): from the front end's (64, 63) coefficients to 128 features, the mean over time.
///
/// NeMo computes 64 columns and sets the last one to 0 before each convolution; so 63 columns go
/// through without a mask, and the last one ends as a constant that the mean takes in.
struct MarbleNet {
  static let featureSize = 128
  static let epsilon = 1e-3

  let first: Separable  // block 0: 64 -> 128
  let residual: (Residual, Residual, Residual)  // blocks 1 to 3: 128 -> 64 -> 64 -> 64
  let dilated: Separable  // block 4: 64 -> 128
  let mean: GlobalFeature  // block 5, 128 -> 128, and the mean over 64 columns

  init(_ folding: inout Folding) {
    func block(_ index: Int) -> String { "audio_backbone.encoder.encoder.\(index)" }
    first = folding.separable(block(0), 64, 128, taps: 11)
    residual = (
      folding.residual(block(1), 128, 64, taps: 13), folding.residual(block(2), 64, 64, taps: 15),
      folding.residual(block(3), 64, 64, taps: 17)
    )
    dilated = folding.separable(block(4), 64, 128, taps: 29, dilation: 2)
    mean = folding.mean(block(5), 128, 128)
  }

  /// - Parameters:
  ///   - feature: (128,)
  ///   - scratch: this thread's own, of `GlobalFeature.scratchSize(area: Strip.count)`
  ///   - reached: is told the index of each block when it is done
  func forward(
    _ coefficients: Strip, to feature: UnsafeMutablePointer<Float>, in arena: Arena,
    scratch: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ share: inout Share,
    reached: (Int) -> Void = { _ in }
  ) {
    let (left, right) = (arena.left, arena.right)
    let strip = Strip.distance
    // (64, 63) -> (128, 63), 11 taps
    first.forward(
      coefficients.start, to: left.input, yBlock: strip, middle: arena.middle, kernels, &share)
    reached(0)
    // (128, 63) -> (64, 63), 13 taps; then 15 and 17
    residual.0.forward(left, to: right.input, in: arena, kernels, &share)
    reached(1)
    residual.1.forward(right, to: left.input, in: arena, kernels, &share)
    reached(2)
    residual.2.forward(left, to: right.input, in: arena, kernels, &share)
    reached(3)
    // (64, 63) -> (128, 63), 29 taps at every other column
    dilated.forward(
      right.input, to: arena.last, yBlock: Strip.count * 16, middle: arena.middle, kernels, &share)
    reached(4)
    // (128, 63) -> (128,)
    mean.forward(arena.last, to: feature, scratch: scratch, kernels, &share)
  }

  /// A depthwise convolution over time and a 1x1 convolution, batch norm folded, with its ReLU.
  struct Separable {
    let depthwise: LineConvolution
    let pointwise: PanelConvolution

    /// - Parameters:
    ///   - x: a strip
    ///   - middle: (in, 63)
    func forward(
      _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, yBlock: Int,
      middle: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ share: inout Share
    ) {
      depthwise.forward(x, to: middle, yBlock: Strip.count * 16, kernels, &share)
      share.meet()
      pointwise.forward(middle, to: y, area: Strip.count, yBlock: yBlock, kernels, &share)
      share.meet()
    }
  }

  /// Two separable convolutions with a 1x1 convolution of the input added before the last ReLU.
  struct Residual {
    let first: Separable
    let second: LineConvolution
    /// The second 1x1 convolution with the shortcut's stacked behind it: (64 + in) -> 64.
    let sum: PanelConvolution

    func forward(
      _ x: Pair, to y: UnsafeMutablePointer<Float>, in arena: Arena, _ kernels: Kernels,
      _ share: inout Share
    ) {
      first.forward(
        x.input, to: arena.between.start, yBlock: Strip.distance, middle: arena.middle, kernels,
        &share)
      second.forward(
        arena.between.start, to: x.convolved, yBlock: Strip.distance, kernels, &share)
      share.meet()
      sum.forward(
        x.convolved, to: y, area: Strip.count, xBlock: Strip.distance, yBlock: Strip.distance,
        kernels, &share)
      share.meet()
    }
  }

  /// A block's input behind the place for what its convolutions make of it, so that one product
  /// takes in both: (64 + up to 128, 63).
  struct Pair {
    let convolved: UnsafeMutablePointer<Float>
    let input: UnsafeMutablePointer<Float>

    init(in slab: Slab) {
      let strip = Strip(blocks: 4 + 8, in: slab)
      convolved = strip.start
      input = strip.start + 4 * Strip.distance
    }
  }

  /// What a pass writes on its way. The zeros around the strips stay.
  struct Arena {
    let left: Pair
    let right: Pair
    let between: Strip  // (64, 63) between the two convolutions of a residual block
    let middle: UnsafeMutablePointer<Float>  // (128, 63) between depthwise and 1x1
    let last: UnsafeMutablePointer<Float>  // (128, 63) of block 4

    static let bytes = 4 * (28 * Strip.distance + 2 * 128 * Strip.count) + 512

    init(in slab: Slab) {
      left = Pair(in: slab)
      right = Pair(in: slab)
      between = Strip(blocks: 4, in: slab)
      middle = slab.floats(128 * Strip.count)
      last = slab.floats(128 * Strip.count)
    }
  }
}

/// A depthwise convolution over time, linear and without bias.
struct LineConvolution {
  let channels: Int
  let taps: Int
  let dilation: Int
  let weight: UnsafePointer<Float>  // (channels / 16, taps, 16)

  /// - Parameters:
  ///   - x: a strip
  ///   - y: (channels, 63), its blocks `yBlock` floats apart
  func forward(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, yBlock: Int, _ kernels: Kernels,
    _ share: inout Share
  ) {
    let padding = dilation * (taps - 1) / 2
    share.eachPiece(of: blocks(channels)) { block in
      kernels.pointee.line(
        weight + block * taps * 16, taps, dilation, x + block * Strip.distance - padding * 16,
        y + block * yBlock, Strip.count)
    }
  }
}
