import Glibc
import Inference

/// Standard deviation of valence or arousal, as the screen's whiskers show it, and the part of it
/// that is aleatoric.
struct Spread: Equatable {
  var aleatoric: Float
  var total: Float

  /// - Parameter deviation: as recorded; 0 in the records of earlier versions. Those get that of
  ///   the normal distribution over [-1, 1] whose entropy, in the bins of the network, equals the
  ///   uncertainty: sigma = bin 20^H / sqrt(2 pi e), at most that of a flat distribution.
  init(_ uncertainty: Uncertainty, deviation: Float) {
    let (part, whole) = (
      Self.deviation(uncertainty.aleatoric), Self.deviation(uncertainty.total)
    )
    total = deviation > 0 ? deviation : whole
    aleatoric = part * total / whole
  }

  private static func deviation(_ entropy: Float) -> Float {
    let bins = Double(ContinuousEstimate.binCount)
    let sigma = 2 / (bins - 1) * pow(bins, Double(entropy.isFinite ? entropy : 0)) / 4.1327
    return Float(min(sigma, 0.577))
  }
}
