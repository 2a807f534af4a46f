import Glibc
import Testing

@testable import Inference

@Suite struct RestingFaceTests {
  private func emotion(
    _ probabilities: [Float], prior: ExpressionPrior = .balanced, valence: Float = 0,
    unit: Float = 0.1
  ) -> Emotion {
    let none = Uncertainty(aleatoric: 0, epistemic: 0)
    let bins = [Float](repeating: 1 / 20, count: 20)
    return Emotion(
      expression: .init(
        probabilities: probabilities, confidence: 1, uncertainty: none, prior: prior),
      actionUnits: .init(repeating: .init(probability: unit, uncertainty: none), count: 12),
      valence: .init(probabilities: bins, value: valence, uncertainty: none),
      arousal: .init(probabilities: bins, value: 0.1, uncertainty: none))
  }

  private static let sad: [Float] = [0.25, 0.05, 0.02, 0.03, 0.05, 0.55, 0.05]
  private static let calm: [Float] = [0.94, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01]

  @Test("A face that looks sad at rest is as sad at rest as the prior says")
  func sadAtRest() throws {
    let resting = emotion(Self.sad, valence: -0.4, unit: 0.3)
    let rest = try #require(RestingFace(resting))
    let relative = resting.relative(to: rest)
    #expect(abs(relative.expression[5] - relative.expression[0]) < 1e-5)
    #expect(relative.valence == 0 && relative.arousal == 0)
    #expect(relative.actionUnits.allSatisfy { $0 == 0 })
    #expect(abs(relative.expression.reduce(0, +) - 1) < 1e-6)
    // More sadness than at rest is still sadness.
    #expect(
      emotion([0.05, 0.02, 0.02, 0.02, 0.02, 0.85, 0.02]).relative(to: rest).label == .sadness)
    // What is taken off sadness goes to the others, in their original proportions.
    let smile = emotion([0.3, 0.02, 0.02, 0.02, 0.5, 0.12, 0.02])
    let shown = smile.relative(to: rest)
    #expect(shown.label == .happiness)
    #expect(abs(shown.expression[4] / shown.expression[0] - 0.5 / 0.3) < 1e-4)
  }

  @Test(
    "A face that is neutral at rest changes nothing",
    arguments: [[0.94, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01], [0.4, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]]
      as [[Float]])
  func neutralAtRest(probabilities: [Float]) throws {
    let rest = try #require(RestingFace(emotion(probabilities)))
    for shown in [Self.sad, Self.calm] {
      for (a, b) in zip(emotion(shown).relative(to: rest).expression, shown) {
        #expect(abs(a - b) < 1e-6)
      }
    }
  }

  @Test("The evidence of a resting face does not depend on the prior it was read under")
  func priorFree() throws {
    let other = try #require(ExpressionPrior([5, 1, 1, 1, 3, 2, 1]))
    let weights = zip(Self.sad, ExpressionPrior.balanced.shift(to: other)).map {
      $0 * Float(exp(Double($1)))
    }
    let sum = weights.reduce(0, +)
    let one = try #require(RestingFace(emotion(Self.sad)))
    let two = try #require(RestingFace(emotion(weights.map { $0 / sum }, prior: other)))
    for (a, b) in zip(one.evidence, two.evidence) { #expect(abs(a - b) < 1e-4) }
  }

  @Test("An estimate that is not finite is no resting face")
  func notFinite() {
    #expect(RestingFace(emotion(.init(repeating: .nan, count: 7), valence: .nan)) == nil)
    #expect(RestingFace(emotion(Self.calm, valence: .nan)) == nil)
  }
}
