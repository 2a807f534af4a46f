import Glibc

/// The network's output for a person's neutral face. Some faces look sad or stern at rest; what
/// such a person shows is measured relative to that.
public struct RestingFace: Equatable, Sendable {
  /// (7,) in nats: log-odds of each expression against neutral, minus the prior's. It does not
  /// depend on the prior, so a resting face stored in a file works with any prior.
  public var evidence: [Float]
  /// (12,) probabilities
  public var actionUnits: [Float]
  public var valence: Float
  public var arousal: Float

  /// nil if a number is not finite or a list has another length
  public init?(evidence: [Float], actionUnits: [Float], valence: Float, arousal: Float) {
    guard evidence.count == Expression.allCases.count,
      actionUnits.count == ActionUnit.allCases.count,
      (evidence + actionUnits + [valence, arousal]).allSatisfy(\.isFinite)
    else { return nil }
    self.evidence = evidence
    self.actionUnits = actionUnits
    self.valence = valence
    self.arousal = arousal
  }

  /// nil if the estimate is not finite.
  public init?(_ emotion: Emotion) {
    let logits = zip(emotion.expression.probabilities, emotion.expression.prior.frequencies).map {
      log(max($0, 1e-6) / $1)
    }
    let neutral = logits[Expression.neutral.rawValue]
    self.init(
      evidence: logits.map { $0 - neutral }, actionUnits: emotion.actionUnits.map(\.probability),
      valence: emotion.valence.value, arousal: emotion.arousal.value)
  }
}

extension Emotion {
  /// An estimate relative to a resting face: differences of valence and arousal in [-2, 2] and of
  /// action units in [-1, 1], and the expression with the resting face's evidence removed.
  public struct Relative: Equatable, Sendable {
    /// (7,) in the order of ``Expression``, summing to 1
    public var expression: [Float]
    /// (12,)
    public var actionUnits: [Float]
    public var valence: Float
    public var arousal: Float

    public var label: Expression { Expression(mostProbableOf: expression) }
  }

  /// An expression that the resting face favours over the prior loses that much log-odds against
  /// neutral. One that it disfavours gains nothing: a resting face that does not look happy at all
  /// is no reason to detect happiness sooner.
  public func relative(to rest: RestingFace) -> Relative {
    let weights = zip(expression.probabilities, rest.evidence).map { $0 * exp(-max(0, $1)) }
    let sum = weights.reduce(0, +)
    return Relative(
      expression: sum > 0 ? weights.map { $0 / sum } : expression.probabilities,
      actionUnits: zip(actionUnits, rest.actionUnits).map { $0.probability - $1 },
      valence: valence.value - rest.valence, arousal: arousal.value - rest.arousal)
  }
}
