import Kernels
import Layers

/// MarbleNet 3x2x64 without its classifier (Jia, Majumdar and Ginsburg 2021, arXiv 2010.13886;
/// NeMo's names): maps the front end's (64, 63) coefficients to 128 features, averaged over time.
///
/// NeMo computes 64 columns and sets the last one to 0 before each convolution. Here 63 columns are
/// computed without a mask, and the last one becomes a constant in the mean.
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
  ///   - scratch: this thread's own, of `GlobalFeature.scratchSize(area: SequenceBuffer.count)`
  ///   - reached: called with the index of each completed block
  func forward(
    _ coefficients: SequenceBuffer, to feature: UnsafeMutablePointer<Float>,
    in workspace: Workspace,
    scratch: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ worker: inout Worker,
    reached: (Int) -> Void = { _ in }
  ) {
    let (left, right) = (workspace.left, workspace.right)
    let strip = SequenceBuffer.distance
    // (64, 63) -> (128, 63), 11 taps
    first.forward(
      coefficients.start, to: left.input, yBlock: strip, middle: workspace.middle, kernels, &worker)
    reached(0)
    // (128, 63) -> (64, 63), 13 taps; then 15 and 17
    residual.0.forward(left, to: right.input, in: workspace, kernels, &worker)
    reached(1)
    residual.1.forward(right, to: left.input, in: workspace, kernels, &worker)
    reached(2)
    residual.2.forward(left, to: right.input, in: workspace, kernels, &worker)
    reached(3)
    // (64, 63) -> (128, 63), 29 taps, dilation 2
    dilated.forward(
      right.input, to: workspace.last.values, yBlock: SequenceBuffer.count * 16,
      middle: workspace.middle,
      kernels, &worker)
    reached(4)
    // (128, 63) -> (128,)
    mean.forward(workspace.last, to: feature, scratch: scratch, kernels, &worker)
  }

  /// A depthwise convolution over time, a 1x1 convolution with batch norm folded in, and a ReLU.
  struct Separable {
    let depthwise: LineConvolution
    let pointwise: PanelConvolution

    /// - Parameters:
    ///   - x: first column of a ``SequenceBuffer``
    ///   - middle: (in, 63)
    func forward(
      _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, yBlock: Int,
      middle: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ worker: inout Worker
    ) {
      depthwise.forward(x, to: middle, yBlock: SequenceBuffer.count * 16, kernels, &worker)
      worker.barrier()
      pointwise.forward(middle, to: y, area: SequenceBuffer.count, yBlock: yBlock, kernels, &worker)
      worker.barrier()
    }
  }

  /// Two separable convolutions; a 1x1 convolution of the input is added before the last ReLU.
  struct Residual {
    let first: Separable
    let second: LineConvolution
    /// The second 1x1 convolution with the shortcut's stacked after it: (64 + in) -> 64.
    let sum: PanelConvolution

    func forward(
      _ x: Pair, to y: UnsafeMutablePointer<Float>, in workspace: Workspace, _ kernels: Kernels,
      _ worker: inout Worker
    ) {
      first.forward(
        x.input, to: workspace.between.start, yBlock: SequenceBuffer.distance,
        middle: workspace.middle, kernels,
        &worker)
      second.forward(
        workspace.between.start, to: x.convolved, yBlock: SequenceBuffer.distance, kernels, &worker)
      worker.barrier()
      sum.forward(
        x.convolved, to: y, area: SequenceBuffer.count, xBlock: SequenceBuffer.distance,
        yBlock: SequenceBuffer.distance,
        kernels, &worker)
      worker.barrier()
    }
  }

  /// A block's input after the place for what its convolutions make of it, so that one product
  /// takes in both: (64 + up to 128, 63).
  struct Pair {
    let convolved: UnsafeMutablePointer<Float>
    let input: UnsafeMutablePointer<Float>

    init(in arena: Arena) {
      let strip = SequenceBuffer(blocks: 4 + 8, in: arena)
      convolved = strip.start
      input = strip.start + 4 * SequenceBuffer.distance
    }
  }

  /// Memory that a pass writes to. The zeros around the sequences are never overwritten.
  struct Workspace {
    let left: Pair
    let right: Pair
    let between: SequenceBuffer  // (64, 63) between the two convolutions of a residual block
    let middle: UnsafeMutablePointer<Float>  // (128, 63) between depthwise and 1x1
    let last: FeatureMap  // (128, 63) of block 4

    static let bytes = 4 * 28 * SequenceBuffer.distance + 10 * 128 * SequenceBuffer.count + 512

    init(in arena: Arena) {
      left = Pair(in: arena)
      right = Pair(in: arena)
      between = SequenceBuffer(blocks: 4, in: arena)
      middle = arena.floats(128 * SequenceBuffer.count)
      last = FeatureMap(128 * SequenceBuffer.count, in: arena)
    }
  }
}

/// A linear depthwise convolution over time, without bias.
struct LineConvolution {
  let channels: Int
  let taps: Int
  let dilation: Int
  let weight: UnsafePointer<Float>  // (channels / 16, taps, 16)

  /// - Parameters:
  ///   - x: first column of a ``SequenceBuffer``
  ///   - y: (channels, 63), its blocks `yBlock` floats apart
  func forward(
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, yBlock: Int, _ kernels: Kernels,
    _ worker: inout Worker
  ) {
    let padding = dilation * (taps - 1) / 2
    worker.parallelFor(blocks(channels)) { block in
      kernels.pointee.line(
        weight + block * taps * 16, taps, dilation,
        x + block * SequenceBuffer.distance - padding * 16,
        y + block * yBlock, SequenceBuffer.count)
    }
  }
}
