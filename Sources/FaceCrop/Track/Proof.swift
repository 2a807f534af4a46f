import Glibc
import Imaging

/// What is known for and against a face being where one is thought to be.
struct Evidence: Equatable {
  /// The detector's, in [0, 1]
  var score: Float
  /// px of the crop, mean distance of the landmarks' five points from the detector's;
  /// ``disagreementLimit`` at most
  var disagreement: Float
  /// The network's claim that this is no face: 1 is its own limit
  var nonFace: Float
  /// px of the picture, the face's height
  var size: Float
  /// Grey levels, standard deviation of the crop
  var contrast: Float

  static let disagreementLimit: Float = 30

  static let featureNames = ["score", "disagreement", "non_face", "size", "contrast"]

  /// The numbers that the proof weighs, each about 0 to 1.
  var features: [Float] {
    [
      score, min(disagreement, Self.disagreementLimit) / Self.disagreementLimit,
      min(nonFace, 3) / 3, log2(min(max(size, 8), 256) / 8) / 5, min(contrast, 64) / 64,
    ]
  }
}

/// How well a face is proved: a logistic regression on ``Evidence``, fitted by `Training/proof.py` on
/// pictures whose faces are marked. There a false face costs as much as ten that are missed, and
/// size and contrast turn out to add nothing to what the detector's score says.
enum Proof {
  static let weights: [Float] = [9.24, -1.02, -0.4, 0, 0]
  static let bias: Float = -6.23

  /// In [0, 1]: how far to trust that this is a face, and what is read from it.
  static func quality(_ evidence: Evidence) -> Float {
    let sum = zip(weights, evidence.features).reduce(bias) { $0 + $1.0 * $1.1 }
    return 1 / (1 + exp(-sum))
  }

  /// A new face.
  static let accepted: Float = 0.55
  /// A face near where one was hidden.
  static let returning: Float = 0.15
  /// A face that is followed already.
  static let kept: Float = 0.03
}
