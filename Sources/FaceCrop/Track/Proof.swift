import Glibc
import Imaging

/// The evidence for and against a face at the place where one is expected.
struct Evidence: Equatable {
  /// The detector's score, in [0, 1]
  var score: Float
  /// Mean distance of the landmarks' five points from the detector's, px of the crop; at most
  /// ``disagreementLimit``
  var disagreement: Float
  /// The network's claim that this is not a face: 1 is its own limit
  var nonFace: Float
  /// Height of the face, px of the picture
  var size: Float
  /// Standard deviation of the crop, grey levels
  var contrast: Float

  static let disagreementLimit: Float = 30

  static let featureNames = ["score", "disagreement", "non_face", "size", "contrast"]

  /// The features that the proof weighs, each about 0 to 1.
  var features: [Float] {
    [
      score, min(disagreement, Self.disagreementLimit) / Self.disagreementLimit,
      min(nonFace, 3) / 3, log2(min(max(size, 8), 256) / 8) / 5, min(contrast, 64) / 64,
    ]
  }
}

/// How well a face is proved: a logistic regression on ``Evidence``, fitted by `Training/proof.py`
/// on pictures whose faces are marked. There one false face costs as much as ten missed ones, and
/// size and contrast turn out to add nothing to the detector's score.
enum Proof {
  static let weights: [Float] = [9.24, -1.02, -0.4, 0, 0]
  static let bias: Float = -6.23

  /// How far to trust that this is a face, and what is read from it, in [0, 1].
  static func quality(_ evidence: Evidence) -> Float {
    let sum = zip(weights, evidence.features).reduce(bias) { $0 + $1.0 * $1.1 }
    return 1 / (1 + exp(-sum))
  }

  /// Required of a new face.
  static let accepted: Float = 0.55
  /// Required of a face near where one was hidden.
  static let returning: Float = 0.15
  /// Required of a face that is already being tracked.
  static let kept: Float = 0.03
}
