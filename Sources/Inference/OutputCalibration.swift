import Glibc

/// How to interpret a checkpoint's outputs, from its metadata. Each part has a default.
struct OutputCalibration: Sendable {
  /// The prior of the expression probabilities; balanced if the checkpoint does not state one.
  var prior = ExpressionPrior.balanced
  /// (7,) added to the logits of the expression
  var shift = [Float](repeating: 0, count: Expression.allCases.count)
  /// (12,) probabilities above which an action unit is active
  var thresholds = [Float](repeating: 0.5, count: ActionUnit.allCases.count)
  var confidenceExponent: Float = 1
  var witness: ExpressionWitness?
  var confidence: ConfidenceModel?

  init() {}

  /// - Parameter prior: the prior to use; nil for the checkpoint's own. Ignored if the checkpoint
  ///   does not state its own.
  init(_ checkpoint: Checkpoint, prior wanted: ExpressionPrior?) {
    if let own = checkpoint.expressionPrior {
      prior = wanted ?? own
      if let wanted { shift = own.shift(to: wanted) }
    }
    thresholds = checkpoint.actionUnitThresholds
    confidenceExponent = checkpoint.confidenceExponent
    witness = checkpoint.expressionWitness
    confidence = checkpoint.confidenceModel
  }
}

/// Predicts the expression from action units, valence and arousal alone: multinomial logistic
/// regression, fitted by `Training/calibrate.py`. If it contradicts the expression head, one of the
/// two is wrong.
struct ExpressionWitness: Equatable, Sendable {
  /// (7, 1 + 12 + 2): bias, probabilities of the action units, valence, arousal; gives logits under
  /// a balanced prior.
  let weights: [[Float]]

  static let inputs = 1 + ActionUnit.allCases.count + 2

  /// (7,) probabilities under `prior`
  func probabilities(
    actionUnits: [Float], valence: Float, arousal: Float, prior: ExpressionPrior
  ) -> [Float] {
    let inputs = [1] + actionUnits + [valence, arousal]
    let logits = zip(weights, ExpressionPrior.balanced.shift(to: prior)).map { row, shift in
      zip(row, inputs).reduce(shift) { $0 + $1.0 * $1.1 }
    }
    return softmax(logits[...])
  }
}

/// Probability that the label is what most people would say: logistic regression, fitted on data
/// sets whose annotators have different labelling habits.
struct ConfidenceModel: Equatable, Sendable {
  var bias: Float
  /// Weight of the log-odds of the label's probability.
  var logOdds: Float
  var contradiction: Float
  var epistemic: Float

  func confidence(probability: Float, contradiction: Float, epistemic: Float) -> Float {
    let p = min(max(probability, 1e-6), 1 - 1e-6)
    let sum =
      bias + logOdds * log(p / (1 - p)) + self.contradiction * contradiction
      + self.epistemic * epistemic
    return 1 / (1 + exp(-sum))
  }
}

/// Jensen-Shannon divergence in bits: 0 for identical distributions, 1 for disjoint ones.
func divergence(_ p: [Float], _ q: [Float]) -> Float {
  let sum = zip(p, q).reduce(Float(0)) { sum, pair in
    let (a, b) = pair
    let mean = (a + b) / 2
    return sum + (a > 0 ? a * log2(a / mean) : 0) + (b > 0 ? b * log2(b / mean) : 0)
  }
  return min(1, max(0, sum / 2))
}

extension Checkpoint {
  /// The prior that the weights were calibrated to, `expression_prior`; nil if the file has none.
  public var expressionPrior: ExpressionPrior? {
    numbers("expression_prior").flatMap(ExpressionPrior.init)
  }

  /// Another prior that the file stores by name, `expression_prior.NAME`.
  public func expressionPrior(named name: String) -> ExpressionPrior? {
    numbers("expression_prior." + name).flatMap(ExpressionPrior.init)
  }

  /// (12,) probabilities above which an action unit is active, `action_unit_thresholds`; 0.5 if the
  /// file has none.
  public var actionUnitThresholds: [Float] {
    let units = ActionUnit.allCases.count
    guard let found = numbers("action_unit_thresholds"), found.count == units,
      found.allSatisfy({ (0..<1).contains($0) })
    else { return .init(repeating: 0.5, count: units) }
    return found
  }

  var expressionWitness: ExpressionWitness? {
    let width = ExpressionWitness.inputs
    guard expressionPrior != nil, let values = numbers("expression_witness"),
      values.count == Expression.allCases.count * width
    else { return nil }
    return ExpressionWitness(
      weights: Expression.allCases.indices.map { Array(values[($0 * width)..<(($0 + 1) * width)]) })
  }

  var confidenceModel: ConfidenceModel? {
    guard let values = numbers("confidence"), values.count == 4 else { return nil }
    return ConfidenceModel(
      bias: values[0], logOdds: values[1], contradiction: values[2], epistemic: values[3])
  }

  /// A list of finite numbers, `[0.5, 1]`; nil if the key is missing or holds something else.
  private func numbers(_ key: String) -> [Float]? {
    guard let text = metadata[key], text.hasPrefix("["), text.hasSuffix("]") else { return nil }
    let parts = text.dropFirst().dropLast().split(
      separator: ",", omittingEmptySubsequences: false)
    let values = parts.map { Float($0.filter { $0 != " " }) ?? .nan }
    return values.allSatisfy(\.isFinite) ? values : nil
  }
}
