import Glibc

/// The constants of the front end, computed from their formulas (NeMo's marblenet_3x2x64 with
/// torchaudio's MFCC). A checkpoint may contain them too; they must then match.
enum FrontEndTables {
  /// (400,) periodic Hann
  static let window: [Float] = (0..<400).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / 400)) }

  /// (257, 64): bins of the power spectrum by triangular filters with a peak of 1, on the HTK mel
  /// scale from 0 to 8000 Hz.
  static let melFilters: [Float] = {
    let highest = mel(8000)
    let points = (0..<66).map { frequency(highest * Double($0) / 65) }
    return (0..<257).flatMap { bin in
      (0..<64).map { filter in
        let rising = (31.25 * Double(bin) - points[filter]) / (points[filter + 1] - points[filter])
        let falling =
          (points[filter + 2] - 31.25 * Double(bin)) / (points[filter + 2] - points[filter + 1])
        return Float(max(0, min(rising, falling)))
      }
    }
  }()

  /// (64, 64): filters by coefficients, orthonormal DCT-II.
  static let cosines: [Float] = (0..<64).flatMap { filter in
    (0..<64).map { coefficient in
      let scale = coefficient == 0 ? (1.0 / 64).squareRoot() : (2.0 / 64).squareRoot()
      return Float(scale * cos(.pi / 64 * (Double(filter) + 0.5) * Double(coefficient)))
    }
  }

  private static func mel(_ frequency: Double) -> Double { 2595 * log10(1 + frequency / 700) }
  private static func frequency(_ mel: Double) -> Double { 700 * (pow(10, mel / 2595) - 1) }

  /// Larger than any single-precision rounding error (5e-5), smaller than the difference to any
  /// other table (a symmetric Hann window: 4e-3).
  static let tolerance: Float = 2e-4
}
