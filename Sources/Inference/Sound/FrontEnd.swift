import CFFTW
import Imaging
import Kernels
import Layers
import Runtime

/// Computes 64 mel-frequency cepstral coefficients in 63 columns, 10 ms apart, from a window of
/// sound (NeMo's marblenet_3x2x64). The reference also computes a 64th column, but masks it before
/// it has any effect.
///
/// A column depends on 25 ms of sound. At the ends of the window the sound is mirrored, so columns
/// 0, 1 and 62 belong to that window alone; all others are the same in every window that contains
/// them.
final class FrontEnd {
  /// The columns that do not depend on mirrored samples.
  private static let inner = 2..<SequenceBuffer.count - 1
  /// Number of columns per matrix product: one tile of the fastest kernels.
  private static let batch = 14

  /// (64, 63) coefficients
  let coefficients: SequenceBuffer
  /// (64, 63) log mel energies, valid for the columns computed by the last call
  let logMel: UnsafeMutablePointer<Float>
  /// Number of columns that the last window had to compute.
  private(set) var computed = 0

  private let kernels: Kernels
  private let arena = Arena(bytes: 1 << 18)
  private let window: UnsafePointer<Float>  // (400,)
  private let filters: PanelConvolution  // 256 -> 64
  private let cosines: PanelConvolution  // 64 -> 64
  private let frame: UnsafeMutablePointer<Float>  // (512,)
  private let spectrum: UnsafeMutablePointer<Float>  // (257, 2) real and imaginary
  private let power: UnsafeMutablePointer<Float>  // (16, batch, 16)
  private let transform: OpaquePointer
  /// Position of the last window.
  private var position: Int?

  /// FFTW's planner is the only part of it that is not thread-safe.
  private static let planner = Locked(())

  init(kernels: KernelSet = .fastest) {
    self.kernels = kernels.pointer
    coefficients = SequenceBuffer(blocks: 4, in: arena)
    logMel = arena.floats(64 * SequenceBuffer.count)
    window = arena.floats(FrontEndTables.window)
    // The last triangle ends at 8000 Hz, bin 256, so only the 256 bins before it contribute.
    filters = arena.product(FrontEndTables.melFilters.dropLast(64), outputs: 64)
    cosines = arena.product(FrontEndTables.cosines[...], outputs: 64)
    frame = arena.floats(512)
    spectrum = arena.floats(2 * 257)
    power = arena.floats(256 * Self.batch)
    transform = Self.plan(frame, spectrum)
  }

  deinit { Self.planner.withLock { _ in fftwf_destroy_plan(transform) } }

  private static func plan(
    _ frame: UnsafeMutablePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>
  ) -> OpaquePointer {
    // The lock only guards the planner; the plan belongs to the caller.
    nonisolated(unsafe) var plan: OpaquePointer?
    spectrum.withMemoryRebound(to: fftwf_complex.self, capacity: 257) { spectrum in
      planner.withLock { _ in
        // FFTW_ESTIMATE gives the same plan, and so the same numbers, in every run.
        plan = fftwf_plan_dft_r2c_1d(512, frame, spectrum, FFTW_ESTIMATE)
      }
    }
    guard let plan else { fatalError("FFTW has no plan for 512 numbers") }
    return plan
  }

  /// Writes the coefficients of a window to ``coefficients``.
  ///
  /// - Parameters:
  ///   - samples: (10080,)
  ///   - position: index of the first sample in a continuous stream; columns shared with the
  ///     previous window are then kept. nil for an isolated window
  func hear(_ samples: UnsafePointer<Float>, at position: Int?) {
    let inner = Self.inner
    let shift = shift(to: position)
    self.position = position
    computed = 0
    guard let shift, shift < inner.count else {
      return compute(0..<SequenceBuffer.count, of: samples)
    }
    let kept = inner.count - shift
    for block in 0..<coefficients.blocks {
      let first = coefficients.start + block * SequenceBuffer.distance + inner.lowerBound * 16
      first.update(from: first + shift * 16, count: kept * 16)
    }
    compute(0..<inner.lowerBound, of: samples)
    compute(inner.dropFirst(kept), of: samples)
    compute(inner.upperBound..<SequenceBuffer.count, of: samples)
  }

  /// Columns from the last window to the one at `position`; nil if they are not whole columns
  /// ahead.
  private func shift(to position: Int?) -> Int? {
    guard let position, let last = self.position else { return nil }
    let (samples, overflow) = position.subtractingReportingOverflow(last)
    guard !overflow, samples >= 0, samples % SoundWindow.hop == 0 else { return nil }
    return samples / SoundWindow.hop
  }

  private func compute(_ columns: Range<Int>, of samples: UnsafePointer<Float>) {
    for first in stride(from: columns.lowerBound, to: columns.upperBound, by: Self.batch) {
      let batch = first..<min(first + Self.batch, columns.upperBound)
      for column in batch { transform(column, of: samples, to: power + (column - first) * 16) }
      var worker = Worker.alone
      let mel = logMel + first * 16
      filters.forward(
        power, to: mel, area: batch.count, xBlock: Self.batch * 16,
        yBlock: SequenceBuffer.count * 16,
        kernels, &worker)
      for block in 0..<4 {
        kernels.pointee.logarithm(mel + block * SequenceBuffer.count * 16, 1e-6, batch.count * 16)
      }
      cosines.forward(
        mel, to: coefficients.start + first * 16, area: batch.count,
        xBlock: SequenceBuffer.count * 16,
        yBlock: SequenceBuffer.distance, kernels, &worker)
    }
    computed += columns.count
  }

  /// Writes the power spectrum of one column, in blocks of 16.
  private func transform(
    _ column: Int, of samples: UnsafePointer<Float>, to power: UnsafeMutablePointer<Float>
  ) {
    // The position of the 400 samples in the transform only changes the phase, so they need not be
    // centred.
    let first = column * SoundWindow.hop - 200
    if Self.inner.contains(column) {
      for i in 0..<400 { frame[i] = samples[first + i] * window[i] }
    } else {
      for i in 0..<400 { frame[i] = samples[Self.mirrored(first + i)] * window[i] }
    }
    (frame + 400).update(repeating: 0, count: 112)
    fftwf_execute(transform)
    for block in 0..<16 {
      let (bins, place) = (spectrum + block * 32, power + block * Self.batch * 16)
      for bin in 0..<16 {
        place[bin] = bins[2 * bin] * bins[2 * bin] + bins[2 * bin + 1] * bins[2 * bin + 1]
      }
    }
  }

  /// Reflects an index at the first and last samples, which are not repeated.
  private static func mirrored(_ index: Int) -> Int {
    let last = SoundWindow.size - 1
    return index < 0 ? -index : index > last ? 2 * last - index : index
  }
}

extension Arena {
  /// A matrix (depth, outputs) as a convolution without bias.
  fileprivate func product(_ matrix: ArraySlice<Float>, outputs: Int) -> PanelConvolution {
    let depth = matrix.count / outputs
    let rows = (0..<outputs).flatMap { output in
      (0..<depth).map { matrix[matrix.startIndex + $0 * outputs + output] }
    }
    return PanelConvolution(
      inputs: depth, outputs: outputs, depth: depth,
      weight: panelWeights(rows, outputs: outputs, order: channelOrder(depth)),
      bias: perChannel(.init(repeating: 0, count: outputs)), slope: nil)
  }
}
