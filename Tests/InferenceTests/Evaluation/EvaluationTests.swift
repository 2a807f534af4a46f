import Foundation
import TestSupport
import Testing

@testable import Inference
@testable import Layers

@Suite struct EvaluationTests {
  @Test func smallCases() {
    #expect(Agreement.concordance([1, 2, 3], [1, 2, 3]) == 1)
    #expect(Agreement.concordance([1, 1], [1, 1]) == 0)
    #expect(Agreement.f1([1, 1, 0, 0], [1, 0, 1, 0]) == 0.5)
    #expect(Agreement.f1([0], [0]) == 0)
    #expect(Agreement.ranks([3, 1, 3, 2]) == [3.5, 1, 3.5, 2])
    #expect(Calibration.errorAUROC(uncertainty: [0.1, 0.9], isRight: [true, false]) == 1)
    #expect(
      Calibration.risk(at: 0.5, uncertainty: [0.1, 0.9], isRight: [true, false]) == 0)
    #expect(Calibration.entropy([0.5, 0.5]) == 1)
  }

  /// Compares random numbers, with ties, with scikit-learn, scipy and numpy to within 1e-6.
  @Test(
    .enabled(if: Python.hasScikitLearn, "needs a Python with scikit-learn, see EMENET_PYTHON"),
    arguments: [(7, 50), (7, 1000), (2, 300)])
  func agreesWithScikitLearn(classes: Int, count: Int) throws {
    var generator = SystemRandomNumberGenerator()
    let actual = (0..<count).map { _ in Int.random(in: 0..<classes, using: &generator) }
    let probabilities = actual.map { label in
      let weights = (0..<classes).map {
        Double.random(in: 0.01...1, using: &generator) + ($0 == label ? 0.5 : 0)
      }
      return weights.map { $0 / weights.reduce(0, +) }
    }
    let x = (0..<count).map { _ in Double(Int.random(in: -20...20, using: &generator)) / 20 }
    let y = x.map { $0 * 0.7 + Double.random(in: -0.5...0.5, using: &generator) }
    let file = TemporaryFile(
      Array(try JSONEncoder().encode(Sample(p: probabilities, t: actual, x: x, y: y))))
    let printed = try Python.run(
      """
      import json, sys
      import numpy as np
      from scipy.stats import spearmanr, entropy
      from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score
      data = json.load(open(sys.argv[1]))
      p, t, x, y = (np.array(data[k]) for k in ('p', 't', 'x', 'y'))
      k = p.argmax(1); c = p.shape[1]; conf = p.max(1); right = k == t
      edges = np.linspace(0, 1, 16); ece = 0
      for lo, hi in zip(edges[:-1], edges[1:]):
        m = (conf > lo) & (conf <= hi)
        if m.any(): ece += m.mean() * abs(right[m].mean() - conf[m].mean())
      ccc = 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean())**2)
      print(json.dumps([accuracy_score(t, k),
        f1_score(t, k, labels=range(c), average='macro', zero_division=0),
        log_loss(t, p, labels=range(c)), ece, roc_auc_score(~right, 1 - conf), ccc,
        spearmanr(x, y)[0], np.mean([entropy(a, b) for a, b in zip(p, np.roll(p, 1, 0))])]))
      """,
      [file.path])
    let expected = try JSONDecoder().decode([Double].self, from: Data(printed.utf8))
    let confidence = probabilities.map { $0.max()! }
    let predicted = probabilities.map { row in row.indices.max { row[$0] < row[$1] }! }
    let isRight = zip(predicted, actual).map { $0 == $1 }
    let rolled = [probabilities[count - 1]] + probabilities.dropLast()
    let found = [
      Agreement.accuracy(predicted, actual),
      Agreement.macroF1(predicted, actual, classes: classes),
      Calibration.negativeLogLikelihood(probabilities, actual),
      Calibration.expectedError(Calibration.bins(confidence: confidence, isRight: isRight)),
      Calibration.errorAUROC(uncertainty: confidence.map { 1 - $0 }, isRight: isRight),
      Agreement.concordance(x, y), Agreement.rankCorrelation(x, y),
      Calibration.divergence(of: probabilities, from: rolled),
    ]
    for (index, pair) in zip(found, expected).enumerated() {
      #expect(abs(pair.0 - pair.1) < 1e-6, "value \(index)")
    }
  }

  private struct Sample: Encodable {
    var p: [[Double]]
    var t: [Int]
    var x: [Double]
    var y: [Double]
  }
}
