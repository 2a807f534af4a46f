import Kernels
import Layers

/// One GRU step and the linear decoder after it for each task; the tasks' input matrices are
/// stacked, so that the feature meets them in one product.
struct Heads {
  static let size = EMENetV.stateSize

  let count: Int
  let input: Matrix  // (count * 384, 512)
  let inputBias: UnsafePointer<Float>  // (count * 384,)
  let hidden: Matrix  // (count * 384, 128)
  let hiddenBias: UnsafePointer<Float>  // (count * 384,)
  let decoders: (Decoder, Decoder, Decoder, Decoder?)  // EXPR, AU, VA, FA
  /// From the feature to the log-odds that something covers the face; nil if the checkpoint has none
  let cover: Decoder?

  struct Decoder {
    let outputs: Int
    let weight: Matrix  // (out, inputs)
    let bias: UnsafePointer<Float>  // (out,) padded to whole blocks
    let offset: Int  // index of its first logit among all

    func forward(
      _ x: UnsafePointer<Float>, to logits: UnsafeMutablePointer<Float>, _ kernels: Kernels
    ) {
      weight.product(0..<blocks(outputs) * 16, x, adding: bias, to: logits + offset, kernels)
    }
  }

  /// All logits, each task padded to whole blocks of 16, and a block for the cover.
  static let logitCount = 16 + 16 + 48 + 144 + 16
  static let outputs = [7, 12, 40, 136]
  static let offsets = [0, 16, 32, 80]
  static let coverOffset = 224
  /// Index of the landmark head.
  static let landmarks = 3
  /// Gates of all tasks.
  static let biasCount = 4 * 3 * size
  /// Contributions of input and state to the gates: (2, 4, 384).
  static let scratchSize = 2 * 4 * 3 * size

  /// - Parameters:
  ///   - feature: (512,)
  ///   - bias: (count * 384,) of the input: ``inputBias``, or one that includes the sound's
  ///     contribution
  ///   - state: (count, 128), updated in place
  ///   - isFresh: treat the state as 0, whatever `state` holds
  ///   - logits: (`logitCount`,)
  ///   - scratch: shared by all threads
  func forward(
    _ feature: UnsafePointer<Float>, bias: UnsafePointer<Float>, state: UnsafeMutablePointer<Float>,
    isFresh: Bool,
    logits: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    _ kernels: Kernels, _ worker: inout Worker
  ) {
    let gates = 3 * Self.size
    let fromInput = scratch
    let fromState = scratch + 4 * gates
    // Work is divided by gate and task.
    worker.parallelFor(3 * count + (cover == nil ? 0 : 1)) { gate in
      if gate == 3 * count, let cover {
        cover.forward(feature, to: logits, kernels)
        return
      }
      let rows = gate * Self.size..<(gate + 1) * Self.size
      let first = rows.lowerBound
      input.product(rows, feature, adding: bias + first, to: fromInput + first, kernels)
      if isFresh { return }
      hidden.product(
        rows, state + gate / 3 * Self.size, adding: hiddenBias + first, to: fromState + first,
        kernels)
    }
    worker.barrier()
    worker.parallelFor(count) { task in
      let own = state + task * Self.size
      if isFresh { own.update(repeating: 0, count: Self.size) }
      // With a state of 0 only the bias remains.
      kernels.pointee.gates(
        fromInput + task * gates,
        isFresh ? hiddenBias + task * gates : UnsafePointer(fromState + task * gates), own,
        Self.size)
      decoder(task)?.forward(own, to: logits, kernels)
    }
    worker.barrier()
  }

  private func decoder(_ task: Int) -> Decoder? {
    switch task {
    case 0: decoders.0
    case 1: decoders.1
    case 2: decoders.2
    default: decoders.3
    }
  }
}
