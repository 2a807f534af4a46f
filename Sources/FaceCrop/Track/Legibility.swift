import Glibc
import Imaging

/// How well a face can be read, and the main obstacle to reading it.
///
/// A product of factors in [0, 1], one for each ``Obstacle``, so that it falls when any of them
/// grows. The ends of each factor lie between what nine of ten labelled crops have and what nobody
/// could read: a blur of three pixels of the crop, a face of twenty pixels, a dim room.
public struct Legibility: Equatable, Sendable {
  /// In plain words.
  public enum Obstacle: String, CaseIterable, Sendable {
    case noFace = "perhaps no face"
    case covered
    case turnedAway = "turned away"
    case small = "too small"
    case dark = "too dark"
    case bright = "too bright"
    case flat = "little contrast"
    case blurred
  }

  /// In [0, 1]
  public let quality: Float
  /// The worst obstacle; nil if none matters.
  public let obstacle: Obstacle?

  public init(quality: Float, obstacle: Obstacle? = nil) {
    self.quality = quality
    self.obstacle = obstacle
  }

  /// - Parameter factors: each in [0, 1]; NaN counts as 0
  init(_ factors: KeyValuePairs<Obstacle, Float>) {
    var (quality, worst, obstacle) = (Float(1), Self.noticed, Obstacle?.none)
    for (candidate, factor) in factors {
      let factor = factor.isFinite ? factor : 0
      quality *= factor
      if factor < worst { (worst, obstacle) = (factor, candidate) }
    }
    self.init(quality: quality, obstacle: obstacle)
  }

  /// Obstacles whose factor is below this are reported.
  private static let noticed: Float = 0.6
}

extension Legibility {
  /// Fitted by `Training/quality.py` to how often the label of a clear face stays the same once
  /// that face is small, blurred, dark or half covered.
  static let doubt: Float = 0.38

  /// Confidence in what is read from this face: the odds of being right are multiplied by
  /// ``quality`` to the power ``doubt``.
  ///
  /// - Parameter confidence: in [0, 1], if the face were perfectly clear
  public func confidence(ofClear confidence: Float) -> Float {
    let trust = pow(max(quality, 1e-4), Self.doubt)
    return confidence * trust / (confidence * trust + 1 - confidence)
  }

  /// - Parameter proof: how sure it is that this is a face, in [0, 1]
  init<Measurement: FaceMeasurement>(
    _ sighting: Sighting<Measurement>, proof: Float, head: HeadPose, isTurnedAway: Bool
  ) {
    let crop = sighting.crop
    let turned = isTurnedAway ? 0.2 : rise(max(abs(head.yaw), abs(head.pitch)), 65, 35)
    let bare = uncovered(sighting)
    self.init([
      .noFace: min(rise(proof, 0, 0.6), rise(sighting.measurement.nonFace, 1.6, 0.8)),
      .turnedAway: turned,
      // The far half of a turned head is out of sight, too.
      .covered: isTurnedAway ? max(bare, turned) : bare,
      .small: rise(log2(max(1, sighting.box.height)), log2(16), log2(48)),
      .dark: rise(crop.brightness, 6, 40),
      .bright: rise(crop.brightness, 252, 230),
      .flat: rise(crop.contrast, 4, 18),
      .blurred: rise(crop.sharpness, 0.1, 0.3),
    ])
  }
}

/// The square root of the probability that nothing covers the face: the power that fits readings of
/// covered faces, 0.19, is half of ``Legibility/doubt``. Without an estimate, how well the landmarks
/// fit a face.
private func uncovered<Measurement: FaceMeasurement>(_ sighting: Sighting<Measurement>) -> Float {
  guard let alignment = sighting.alignment else { return 0.3 }
  return sighting.measurement.cover.map { 1 / (1 + exp($0)).squareRoot() }
    ?? rise(alignment.residual, 12, 6.5)
}

/// Logistic curve from 0.05 at `low` to 0.95 at `high`; `high` may be the smaller.
private func rise(_ value: Float, _ low: Float, _ high: Float) -> Float {
  1 / (1 + exp(-6 * ((value - low) / (high - low) - 0.5)))
}
