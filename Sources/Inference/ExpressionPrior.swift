import Glibc

/// The assumed frequency of each expression before a face is seen.
///
/// A posterior depends on a prior: people who label pictures from the web call a third of them
/// neutral, while people in front of a camera frown more often than that. By Bayes' rule, logits
/// move from one prior to another by adding the logarithms of the ratios.
public struct ExpressionPrior: Equatable, Sendable {
  /// (7,) in the order of ``Expression``; all positive, summing to 1.
  public let frequencies: [Float]

  public static let balanced = ExpressionPrior(
    .init(repeating: 1, count: Expression.allCases.count))!

  /// - Parameter frequencies: seven positive numbers in any unit
  public init?(_ frequencies: [Float]) {
    let sum = frequencies.reduce(0, +)
    guard frequencies.count == Expression.allCases.count, sum.isFinite,
      frequencies.allSatisfy({ $0 > 0 })
    else { return nil }
    self.frequencies = frequencies.map { $0 / sum }
  }

  /// (7,) what to add to logits under this prior to get logits under `other`.
  public func shift(to other: ExpressionPrior) -> [Float] {
    zip(frequencies, other.frequencies).map { log($1 / $0) }
  }
}
