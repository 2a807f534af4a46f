import Glibc
import Testing

@testable import Inference

@Suite struct ContradictionTests {
  @Test("Divergence is 0 for the same, 1 for nothing in common, and symmetric")
  func divergences() {
    let a: [Float] = [0.7, 0.1, 0.2, 0, 0, 0, 0]
    let b: [Float] = [0.1, 0.6, 0.1, 0.2, 0, 0, 0]
    #expect(divergence(a, a) == 0)
    #expect(divergence([1, 0], [0, 1]) == 1)
    #expect(divergence(a, b) == divergence(b, a))
    #expect((0.2...0.6).contains(divergence(a, b)))
  }

  /// The witness knows only one rule: AU4 and AU7 with negative valence mean anger.
  private static let witness: ExpressionWitness = {
    var weights = [[Float]](
      repeating: .init(repeating: 0, count: ExpressionWitness.inputs), count: 7)
    weights[Expression.anger.rawValue] =
      [-3, 0, 0, 3, 0, 3] + .init(repeating: 0, count: 7) + [-4, 0]
    weights[Expression.neutral.rawValue][0] = 2
    return ExpressionWitness(weights: weights)
  }()

  private func emotion(frown: Float, valence bin: Int, neutral: Float) -> Emotion {
    var calibration = OutputCalibration()
    calibration.witness = Self.witness
    calibration.confidence = ConfidenceModel(bias: 0, logOdds: 1, contradiction: -4, epistemic: -5)
    var units = [Float](repeating: 0.05, count: 12)
    units[2] = frown
    units[4] = frown
    var bins = [Float](repeating: 0, count: 20)
    bins[bin] = 1
    var expression = [Float](repeating: (1 - neutral) / 12, count: 7)
    expression[0] = neutral
    expression[1] = (1 - neutral) / 2 + (1 - neutral) / 12
    let sum = expression.reduce(0, +)
    let axes: [Float] = bins.map { $0 == 1 ? 30 : 0 }
    let logits: [[Float]] = [
      expression.map { log($0 / sum) }, units.map { log($0 / (1 - $0)) },
      axes + [Float](repeating: 0, count: 20),
    ]
    let outputs = MemberOutputs(logits: logits)
    return Emotion(meanOf: [outputs], calibration)
  }

  @Test("A neutral face that frowns contradicts itself: the reading stays, the confidence falls")
  func frown() {
    let calm = emotion(frown: 0.05, valence: 10, neutral: 0.9)
    let frowning = emotion(frown: 0.95, valence: 3, neutral: 0.9)
    #expect(calm.expression.probabilities == frowning.expression.probabilities)
    #expect(frowning.expression.label == .neutral)
    #expect(frowning.expression.contradiction > 0.5)
    #expect(calm.expression.contradiction < frowning.expression.contradiction - 0.3)
    #expect(frowning.expression.confidence < 0.6 && calm.expression.confidence > 0.8)
    #expect(frowning.expression.uncertainty == calm.expression.uncertainty)
  }

  @Test("Without a witness nothing is contradicted, and the exponent gives the confidence")
  func none() {
    let outputs = MemberOutputs(
      logits: [
        [1, 0, 0, 0, 0, 0, 0], .init(repeating: 0, count: 12), .init(repeating: 0, count: 40),
      ])
    var calibration = OutputCalibration()
    calibration.confidenceExponent = 2
    let emotion = Emotion(meanOf: [outputs], calibration)
    #expect(emotion.expression.contradiction == 0)
    let expected = ExpressionEstimate([outputs.expression], confidenceExponent: 2)
    #expect(emotion.expression.confidence == expected.confidence)
  }

  @Test(
    "Each action unit is active above its own threshold", arguments: [0.2, 0.5, 0.8] as [Float])
  func thresholds(threshold: Float) {
    var calibration = OutputCalibration()
    calibration.thresholds[3] = threshold
    let outputs = MemberOutputs(
      logits: [
        .init(repeating: 0, count: 7), .init(repeating: -0.2, count: 12),
        .init(repeating: 0, count: 40),
      ])
    let units = Emotion(meanOf: [outputs], calibration).actionUnits
    #expect(units[3].isActive == (threshold < 0.45))
    #expect(!units[4].isActive)
  }
}
