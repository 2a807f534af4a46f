import Glibc

/// How reliable probabilities and uncertainties are.
public enum Calibration {
  /// Mean negative log likelihood of the true classes, in nats; probabilities are clamped to at
  /// least 1e-12.
  ///
  /// - Parameter probabilities: (n, classes)
  public static func negativeLogLikelihood(
    _ probabilities: [[Double]], _ actual: [Int]
  ) -> Double {
    let sum = zip(probabilities, actual).reduce(0) { $0 - log(max(1e-12, $1.0[$1.1])) }
    return sum / Double(actual.count)
  }

  /// One column of a reliability diagram.
  public struct Bin: Equatable, Sendable {
    public var count = 0
    /// Means over the bin; 0 if it is empty.
    public var confidence = 0.0
    public var accuracy = 0.0
  }

  /// Bins of equal width over (0, 1].
  public static func bins(
    confidence: [Double], isRight: [Bool], count: Int = 15
  ) -> [Bin] {
    var bins = [Bin](repeating: Bin(), count: count)
    for (value, right) in zip(confidence, isRight) {
      let index = min(count - 1, max(0, Int((value * Double(count)).rounded(.up)) - 1))
      bins[index].count += 1
      bins[index].confidence += value
      bins[index].accuracy += right ? 1 : 0
    }
    for index in bins.indices where bins[index].count > 0 {
      bins[index].confidence /= Double(bins[index].count)
      bins[index].accuracy /= Double(bins[index].count)
    }
    return bins
  }

  /// Expected calibration error (Guo et al. 2017): the mean of |accuracy - confidence| over the
  /// bins, weighted by their counts.
  public static func expectedError(_ bins: [Bin]) -> Double {
    let total = bins.reduce(0) { $0 + $1.count }
    return bins.reduce(0) { $0 + abs($1.accuracy - $1.confidence) * Double($1.count) }
      / Double(total)
  }

  /// How well `uncertainty` separates errors from hits: the probability that an error has the
  /// larger one. nan if all are errors or all are hits.
  public static func errorAUROC(uncertainty: [Double], isRight: [Bool]) -> Double {
    let ranks = Agreement.ranks(uncertainty)
    let errors = Double(isRight.count { !$0 })
    let hits = Double(isRight.count) - errors
    let sum = zip(ranks, isRight).reduce(0) { $0 + ($1.1 ? 0 : $1.0) }
    return (sum - errors * (errors + 1) / 2) / (errors * hits)
  }

  /// Error rate among the least uncertain `coverage` of all predictions.
  public static func risk(
    at coverage: Double, uncertainty: [Double], isRight: [Bool]
  ) -> Double {
    let order = uncertainty.indices.sorted { (uncertainty[$0], $0) < (uncertainty[$1], $1) }
    let kept = max(1, Int((coverage * Double(order.count)).rounded()))
    return Double(order.prefix(kept).count { !isRight[$0] }) / Double(kept)
  }

  /// Mean KL(target || predicted) in nats; both (n, classes).
  public static func divergence(of targets: [[Double]], from predicted: [[Double]]) -> Double {
    let sum = zip(targets, predicted).reduce(0) { sum, pair in
      sum
        + zip(pair.0, pair.1).reduce(0) {
          $1.0 > 0 ? $0 + $1.0 * log($1.0 / max(1e-12, $1.1)) : $0
        }
    }
    return sum / Double(targets.count)
  }

  /// Entropy in base 2 divided by log2 n, in [0, 1]. Summed in order of size, so that permutations
  /// of the same probabilities tie exactly.
  public static func entropy(_ probabilities: [Double]) -> Double {
    probabilities.sorted().reduce(0) { $1 > 0 ? $0 - $1 * log2($1) : $0 }
      / log2(Double(probabilities.count))
  }
}
