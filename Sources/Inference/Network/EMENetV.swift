import Kernels
import Layers

/// EMENet-V: a MobileFaceNet backbone and one GRU head per task (Deng, Wu and Shi 2021, arXiv
/// 2108.04228; names and order of the released state dict), packed for the kernels.
public final class EMENetV: Network {
  public static let side = 112
  public static let featureSize = 512
  public static let stateSize = 128

  /// expand 1x1 -> depthwise 3x3 -> project 1x1
  struct Layer {
    let name: String
    let side: Int
    let inputs: Int
    let wide: Int
    let outputs: Int
    let stride: Int
    var isResidual: Bool { stride == 1 && inputs == outputs }
  }

  static let layers: [Layer] =
    [Layer(name: "conv_23", side: 56, inputs: 64, wide: 128, outputs: 64, stride: 2)]
    + (0..<4).map {
      Layer(name: "conv_3.model.\($0)", side: 28, inputs: 64, wide: 128, outputs: 64, stride: 1)
    }
    + [Layer(name: "conv_34", side: 28, inputs: 64, wide: 256, outputs: 128, stride: 2)]
    + (0..<6).map {
      Layer(name: "conv_4.model.\($0)", side: 14, inputs: 128, wide: 256, outputs: 128, stride: 1)
    }
    + [Layer(name: "conv_45", side: 14, inputs: 128, wide: 512, outputs: 128, stride: 2)]
    + (0..<2).map {
      Layer(name: "conv_5.model.\($0)", side: 7, inputs: 128, wide: 256, outputs: 128, stride: 1)
    }

  /// Stages of a pass, in order; `forward` reports their indices.
  static let stageNames =
    ["conv1, conv2_dw"] + layers.map(\.name) + ["conv_6_sep, output_layer", "heads"]

  let inputChannels: Checkpoint.InputChannels
  let pass: Pass
  var hearing: EMENetVA.Hearing? { nil }
  private let arena = Arena(bytes: 10 << 20)

  public init(_ checkpoint: Checkpoint, _ precision: Precision = .f32) throws(CheckpointError) {
    inputChannels = checkpoint.inputChannels
    var folding = Folding(checkpoint, into: arena, backbone: "backbone.", precision)
    pass = Pass(&folding, heads: folding.heads().heads)
    try folding.finish()
  }
}

extension EMENetV {
  /// The network as plain pointers, so that a pass touches no object. Valid while the network
  /// lives.
  struct Pass {
    let stem: SeparableConvolution
    let bottlenecks: UnsafeBufferPointer<Bottleneck>
    let feature: GlobalFeature
    let heads: Heads

    init(_ folding: inout Folding, heads: Heads) {
      stem = SeparableConvolution(
        pointwise: folding.stem("conv1", 64),
        depthwise: folding.depthwise("conv2_dw", 64))
      bottlenecks = folding.bottlenecks(EMENetV.layers)
      feature = GlobalFeature(
        separate: folding.panels("conv_6_sep", 128, 512),
        global: folding.depthwise("output_layer.conv_6_dw", 512, kernel: 7, isLinear: true),
        area: 7 * 7)
      self.heads = heads
    }

    /// Computes the logits of one image. Every thread of a pool calls this with its own worker.
    ///
    /// - Parameters:
    ///   - input: a ``InputImage``
    ///   - bias: (heads * 384,) bias of the heads' input: the heads' own, or computed from the
    ///     sound
    ///   - state: (heads, 128) hidden state of the GRUs, updated in place
    ///   - isFresh: start from a state of 0
    ///   - logits: (`Heads.logitCount`,)
    ///   - reached: called with the index of each completed stage
    func forward(
      _ input: UnsafePointer<Float>, bias: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>,
      isFresh: Bool,
      logits: UnsafeMutablePointer<Float>, in workspace: Workspace, _ kernels: Kernels,
      _ worker: inout Worker,
      reached: (Int) -> Void = { _ in }
    ) {
      // (1 or 3, 112, 112) -> conv1 (64, 56, 56) -> conv2_dw (64, 56, 56)
      let size = MapSize(56, 56)
      let channels = stem.pointwise.inputs
      let row = InputImage.row(channels)
      let x = workspace.x
      stem.forward(
        to: x.values, short: feature.separate.pairs == nil ? nil : x.short, size: size,
        ring: workspace.ring, kernels, &worker
      ) { panel, index, target, distance in
        kernels.pointee.stem(
          &panel, input + 2 * index * row, row, channels, target, distance, size.width)
      }
      worker.barrier()
      reached(0)
      // conv_23 (64, 28, 28), conv_3 x4, conv_34 (128, 14, 14), conv_4 x6, conv_45 (128, 7, 7),
      // conv_5 x2
      for index in 0..<bottlenecks.count {
        bottlenecks[index].forward(
          x, wide: workspace.wide, ring: workspace.ring, kernels, &worker)
        reached(1 + index)
      }
      // conv_6_sep (512, 7, 7) -> output_layer (512,)
      feature.forward(x, to: workspace.feature, scratch: workspace.ring, kernels, &worker)
      reached(1 + bottlenecks.count)
      // GRU 512 -> 128 and a linear layer: EXPR 7, AU 12, VA 2 x 20, FA 136
      heads.forward(
        workspace.feature, bias: bias, state: state, isFresh: isFresh, logits: logits,
        scratch: workspace.gates, kernels, &worker)
      reached(2 + bottlenecks.count)
    }
  }

  /// Memory that a pass writes to.
  struct Workspace {
    let x: FeatureMap  // (64, 56, 56), the largest picture between blocks
    let wide: FeatureMap  // (128, 28, 28), the largest after a depthwise layer
    let feature: UnsafeMutablePointer<Float>  // (512,)
    let gates: UnsafeMutablePointer<Float>
    /// nil if no network hears
    let sound: MarbleNet.Workspace?
    /// Private to each thread even when threads share the rest.
    var ring: UnsafeMutablePointer<Float>

    static let bytes = 6 * (64 * 56 * 56 + 128 * 28 * 28) + 4 * 16384

    init(in arena: Arena, hears: Bool = false) {
      x = FeatureMap(64 * 56 * 56, in: arena)
      wide = FeatureMap(128 * 28 * 28, in: arena)
      feature = arena.floats(EMENetV.featureSize)
      gates = arena.floats(Heads.scratchSize)
      sound = hears ? MarbleNet.Workspace(in: arena) : nil
      ring = arena.floats(
        max(SeparableConvolution.ringSize(width: 56), GlobalFeature.scratchSize(area: 7 * 7)))
    }
  }
}
