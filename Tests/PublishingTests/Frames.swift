import Foundation
import Inference

@testable import Publishing

/// Publications that depend only on the frame number and the clock.
enum Frames {
  static func publication(_ frame: Int, faces: Int = 1) -> Publication {
    let now = Date().timeIntervalSince1970
    return Publication(
      record: Array("{\"frame\":\(frame),\"at\":\(now)}".utf8), frame: frame,
      time: Double(frame) / 32, takenAt: now,
      faces: (1...max(1, faces)).prefix(faces).map {
        Publication.Face(
          id: $0, emotion: emotion, head: Publication.Head(yaw: 12.5, pitch: -3, roll: 0.25))
      })
  }

  /// Halves, quarters and eighths, which every format writes exactly.
  static let emotion = Emotion(
    expression: ExpressionEstimate(
      probabilities: [0.0625, 0, 0, 0, 0.875, 0, 0.0625], confidence: 1,
      uncertainty: Uncertainty(aleatoric: 0.25, epistemic: 0.125)),
    actionUnits: (0..<12).map {
      ActionUnitEstimate(
        probability: Float($0) / 16, uncertainty: Uncertainty(aleatoric: 0.5, epistemic: 0.25))
    },
    valence: ContinuousEstimate(
      probabilities: [], value: 0.5, uncertainty: Uncertainty(aleatoric: 0.75, epistemic: 0.125)),
    arousal: ContinuousEstimate(
      probabilities: [], value: -0.25, uncertainty: Uncertainty(aleatoric: 0.5, epistemic: 0)))
}
