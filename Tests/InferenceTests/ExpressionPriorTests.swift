import Glibc
import Testing

@testable import Inference

@Suite struct ExpressionPriorTests {
  private static let votes = ExpressionPrior([0.35, 0.07, 0.026, 0.032, 0.316, 0.109, 0.098])!

  @Test(
    "Numbers that are no frequencies are refused",
    arguments: [
      [], [1, 1], [1, 1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1, -1], [1, 1, 1, 1, 1, 1, .nan],
    ]
      as [[Float]])
  func refused(numbers: [Float]) {
    #expect(ExpressionPrior(numbers) == nil)
  }

  @Test("Any unit will do, and a balanced prior is a seventh each")
  func normalized() throws {
    let prior = try #require(ExpressionPrior([2, 2, 2, 2, 2, 2, 2]))
    #expect(prior == .balanced)
    #expect(prior.frequencies.allSatisfy { abs($0 - 1 / 7) < 1e-7 })
  }

  @Test("A shift is Bayes' rule: the posterior of the same likelihoods under the other prior")
  func bayes() {
    let likelihoods: [Float] = [0.2, 0.9, 0.4, 0.1, 0.05, 0.3, 0.7]
    func posterior(_ prior: ExpressionPrior) -> [Float] {
      let joint = zip(likelihoods, prior.frequencies).map { $0 * $1 }
      let sum = joint.reduce(0, +)
      return joint.map { $0 / sum }
    }
    let logits = posterior(.balanced).map { Float(log(Double($0))) + 3 }
    let outputs = MemberOutputs(
      logits: [logits, .init(repeating: 0, count: 12), .init(repeating: 0, count: 40)],
      shift: ExpressionPrior.balanced.shift(to: Self.votes))
    for (found, expected) in zip(outputs.expression, posterior(Self.votes)) {
      #expect(abs(found - expected) < 1e-6)
    }
    #expect(zip(Self.votes.shift(to: Self.votes), [Float](repeating: 0, count: 7)).allSatisfy(==))
  }

  private func checkpoint(_ metadata: [String: String]) -> Checkpoint {
    Checkpoint(path: "", tensors: [:], metadata: metadata)
  }

  @Test("A checkpoint's metadata says its own prior and others by name")
  func metadata() {
    let stated = checkpoint([
      "expression_prior": "[1, 1, 1, 1, 1, 1, 2]", "expression_prior.fer+": "[3,1,1,1,1,1,1]",
      "action_unit_thresholds": "[0.1, 0.2, 0.3, 0.4, 0.5, 0.1, 0.2, 0.3, 0.4, 0.5, 0.1, 0.2]",
      "confidence": "[0.5, 1, -2, -3]",
    ])
    #expect(stated.expressionPrior == ExpressionPrior([1, 1, 1, 1, 1, 1, 2]))
    #expect(stated.expressionPrior(named: "fer+") == ExpressionPrior([3, 1, 1, 1, 1, 1, 1]))
    #expect(stated.expressionPrior(named: "other") == nil)
    #expect(stated.actionUnitThresholds[3] == 0.4)
    #expect(
      stated.confidenceModel
        == ConfidenceModel(bias: 0.5, logOdds: 1, contradiction: -2, epistemic: -3))
    for text in ["", "[]", "[1,2]", "1,1,1,1,1,1,1", "[1,1,1,1,1,1,x]", "[1,1,1,1,1,1,0]"] {
      let damaged = checkpoint([
        "expression_prior": text, "action_unit_thresholds": text, "confidence": text,
        "expression_witness": text,
      ])
      #expect(damaged.expressionPrior == nil)
      #expect(damaged.actionUnitThresholds == .init(repeating: 0.5, count: 12))
      #expect(damaged.confidenceModel == nil && damaged.expressionWitness == nil)
    }
  }

  @Test("Another prior moves a checkpoint that states its own, and no other")
  func calibration() {
    let stated = checkpoint(["expression_prior": "[1, 1, 1, 1, 1, 1, 1]"])
    let moved = OutputCalibration(stated, prior: Self.votes)
    #expect(moved.prior == Self.votes)
    #expect(moved.shift == ExpressionPrior.balanced.shift(to: Self.votes))
    #expect(OutputCalibration(stated, prior: nil).shift.allSatisfy { $0 == 0 })
    let silent = OutputCalibration(checkpoint([:]), prior: Self.votes)
    #expect(silent.shift.allSatisfy { $0 == 0 })
  }
}
