import Kernels
import Layers

/// EMENet-VA: EMENet-V's backbone beside an encoder of 0.63 s of sound, whose features stand after
/// the face's in the heads' input (Deng, Wu and Shi 2021, arXiv 2108.04228; names of the reference's
/// state dict).
public final class EMENetVA: Network {
  let inputChannels: Checkpoint.InputChannels
  let pass: EMENetV.Pass
  let hearing: Hearing?
  private let arena = Arena(bytes: 12 << 20)

  /// - Parameter precision: of the face's backbone; the sound's encoder is float in any case
  public init(_ checkpoint: Checkpoint, _ precision: Precision = .f32) throws(CheckpointError) {
    inputChannels = checkpoint.inputChannels
    var folding = Folding(checkpoint, into: arena, backbone: "video_backbone.", precision)
    let (heads, soundInput) = folding.heads(soundSize: MarbleNet.featureSize)
    pass = EMENetV.Pass(&folding, heads: heads)
    hearing = Hearing(
      encoder: MarbleNet(&folding), heads: heads, input: soundInput,
      hearsVoicesOnly: checkpoint.hearsVoicesOnly)
    try folding.checkFrontEnd()
    try folding.finish()
  }

  /// Computes the sound's contribution to the heads' input. It is the same for all faces of a
  /// frame, so it is computed once and used in place of EMENet-V's bias; everything after that is
  /// the same for both networks.
  struct Hearing {
    let encoder: MarbleNet
    let heads: Heads
    let input: Matrix  // (heads * 384, 128)
    let hearsVoicesOnly: Bool

    /// - Parameters:
    ///   - presence: factor of the feature; at 0 the bias is exactly that of the face alone
    ///   - feature: (128,) as the heads get it
    ///   - bias: (heads * 384,)
    ///   - scratch: this thread's own
    func forward(
      _ coefficients: SequenceBuffer, presence: Float, feature: UnsafeMutablePointer<Float>,
      bias: UnsafeMutablePointer<Float>, in workspace: MarbleNet.Workspace,
      scratch: UnsafeMutablePointer<Float>, _ kernels: Kernels, _ worker: inout Worker
    ) {
      if presence > 0 {
        encoder.forward(
          coefficients, to: feature, in: workspace, scratch: scratch, kernels, &worker)
      }
      if presence < 1 {
        worker.parallelFor(1) { _ in
          for index in 0..<MarbleNet.featureSize {
            feature[index] = presence > 0 ? presence * feature[index] : 0
          }
        }
        worker.barrier()
      }
      // Work is divided by gate and task, as in the heads.
      let size = EMENetV.stateSize
      worker.parallelFor(3 * heads.count) { gate in
        let rows = gate * size..<(gate + 1) * size
        input.product(
          rows, feature, adding: heads.inputBias + rows.lowerBound, to: bias + rows.lowerBound,
          kernels)
      }
      worker.barrier()
    }
  }
}
