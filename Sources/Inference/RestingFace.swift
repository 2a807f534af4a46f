import Glibc

/// What a person's face says while the person feels and shows nothing. Some faces look sad or stern
/// at rest; what they show beyond that is relative to it.
public struct RestingFace: Equatable, Sendable {
  /// (7,) in nats: how much further than the prior the resting face lies on the side of each
  /// expression, against neutral. Free of the prior, so a face kept in a file serves under any.
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

  /// nil for an estimate that is not finite.
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
  /// Relative to a resting face: differences in [-2, 2] of valence and arousal and in [-1, 1] of
  /// action units, and the expression with the resting face's evidence taken off.
  public struct Relative: Equatable, Sendable {
    /// (7,) in the order of ``Expression``, summing to 1
    public var expression: [Float]
    /// (12,)
    public var actionUnits: [Float]
    public var valence: Float
    public var arousal: Float

    public var label: Expression { Expression(mostProbableOf: expression) }
  }

  /// An expression that the resting face speaks for more than the prior does loses as much log-odds
  /// against neutral. One that it speaks against gains nothing: that a face at rest looks happy to
  /// nobody is no reason to see happiness in it sooner.
  public func relative(to rest: RestingFace) -> Relative {
    let weights = zip(expression.probabilities, rest.evidence).map { $0 * exp(-max(0, $1)) }
    let sum = weights.reduce(0, +)
    return Relative(
      expression: sum > 0 ? weights.map { $0 / sum } : expression.probabilities,
      actionUnits: zip(actionUnits, rest.actionUnits).map { $0.probability - $1 },
      valence: valence.value - rest.valence, arousal: arousal.value - rest.arousal)
  }
}
