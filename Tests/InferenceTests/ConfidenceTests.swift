import Testing

@testable import Inference
@testable import Layers

@Suite struct ConfidenceTests {
  @Test(
    "Confidence is the label's share of the probabilities to the checkpoint's power",
    arguments: [
      (1, 0.6), (2, 0.36 / 0.52), (0.5, 0.6.squareRoot() / (0.6.squareRoot() + 0.4.squareRoot())),
    ] as [(Float, Double)])
  func power(exponent: Float, expected: Double) {
    let estimate = ExpressionEstimate(
      [[0.6, 0.4, 0, 0, 0, 0, 0]], confidenceExponent: exponent)
    #expect(abs(Double(estimate.confidence) - expected) < 1e-6)
    #expect(estimate.probabilities[0] == 0.6)
  }

  @Test(
    "A checkpoint without a usable exponent has probabilities for confidence",
    arguments: [("1.7", 1.7), (nil, 1), ("0", 1), ("-2", 1), ("nan", 1), ("much", 1)]
      as [(String?, Float)])
  func metadata(text: String?, exponent: Float) {
    let checkpoint = Checkpoint(
      path: "", tensors: [:], metadata: text.map { ["confidence_exponent": $0] } ?? [:])
    #expect(checkpoint.confidenceExponent == exponent)
  }

  @Test(
    "A checkpoint without a usable limit takes every crop for a face",
    arguments: [("0.05", 0.05), (nil, .infinity), ("0", .infinity), ("nan", .infinity)]
      as [(String?, Float)])
  func faceLimit(text: String?, limit: Float) {
    let checkpoint = Checkpoint(
      path: "", tensors: [:], metadata: text.map { ["face_limit": $0] } ?? [:])
    #expect(checkpoint.faceLimit == limit)
  }

  @Test("What the members disagree about in all is the mean of three tasks")
  func epistemic() {
    func uncertain(_ epistemic: Float) -> Uncertainty {
      Uncertainty(aleatoric: 0.9, epistemic: epistemic)
    }
    let emotion = Emotion(
      expression: .init(probabilities: [1], confidence: 1, uncertainty: uncertain(0.3)),
      actionUnits: [0.1, 0.3].map { .init(probability: 0, uncertainty: uncertain($0)) },
      valence: .init(probabilities: [], value: 0, uncertainty: uncertain(0)),
      arousal: .init(probabilities: [], value: 0, uncertainty: uncertain(0.2)))
    #expect(abs(emotion.epistemic - (0.3 + 0.2 + 0.1) / 3) < 1e-6)
  }
}
