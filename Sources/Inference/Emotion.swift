/// The seven classes of the expression head, in the order of its logits (Aff-Wild2's order).
public enum Expression: Int, CaseIterable, Sendable {
  case neutral, anger, disgust, fear, happiness, sadness, surprise

  public var name: String {
    switch self {
    case .neutral: "Neutral"
    case .anger: "Anger"
    case .disgust: "Disgust"
    case .fear: "Fear"
    case .happiness: "Happiness"
    case .sadness: "Sadness"
    case .surprise: "Surprise"
    }
  }

  /// - Parameter probabilities: (7,); of equal ones the first wins
  init(mostProbableOf probabilities: [Float]) {
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] }
    self = best.flatMap(Expression.init(rawValue:)) ?? .neutral
  }
}

/// The twelve action units of the AU head, in the order of its logits; the raw value is the number
/// in the Facial Action Coding System (Ekman and Friesen 1978).
public enum ActionUnit: Int, CaseIterable, Sendable {
  case innerBrowRaiser = 1
  case outerBrowRaiser = 2
  case browLowerer = 4
  case cheekRaiser = 6
  case lidTightener = 7
  case upperLipRaiser = 10
  case lipCornerPuller = 12
  case lipCornerDepressor = 15
  case lipTightener = 23
  case lipPressor = 24
  case lipsPart = 25
  case jawDrop = 26

  /// "AU12"
  public var code: String { "AU\(rawValue)" }

  /// "lip corner puller"
  public var name: String {
    switch self {
    case .innerBrowRaiser: "inner brow raiser"
    case .outerBrowRaiser: "outer brow raiser"
    case .browLowerer: "brow lowerer"
    case .cheekRaiser: "cheek raiser"
    case .lidTightener: "lid tightener"
    case .upperLipRaiser: "upper lip raiser"
    case .lipCornerPuller: "lip corner puller"
    case .lipCornerDepressor: "lip corner depressor"
    case .lipTightener: "lip tightener"
    case .lipPressor: "lip pressor"
    case .lipsPart: "lips part"
    case .jawDrop: "jaw drop"
    }
  }
}

/// Uncertainty of the ensemble. Both parts are entropies in base 2 divided by log2 of the number of
/// classes, so they lie in [0, 1].
public struct Uncertainty: Equatable, Sendable {
  /// Mean of the members' entropies: ambiguity in the image itself.
  public var aleatoric: Float
  /// Entropy of the mean minus `aleatoric`, at least 0: disagreement between the members.
  public var epistemic: Float

  public init(aleatoric: Float, epistemic: Float) {
    self.aleatoric = aleatoric
    self.epistemic = epistemic
  }

  public var total: Float { aleatoric + epistemic }
}

public struct ExpressionEstimate: Equatable, Sendable {
  /// (7,) in the order of ``Expression``, summing to 1: the share of people expected to choose
  /// each.
  public var probabilities: [Float]
  /// Probability in [0, 1] that most people would agree with ``label``. If six people in ten call a
  /// face happy, the label is certain although its probability is 0.6. Computed by the checkpoint's
  /// `confidence` model from the label's probability, ``contradiction`` and the epistemic
  /// uncertainty; without such a model, the label's share of the probabilities raised to
  /// `confidence_exponent`.
  public var confidence: Float
  public var uncertainty: Uncertainty
  /// Jensen-Shannon divergence in bits, in [0, 1], between the probabilities and what the same
  /// face's action units, valence and arousal suggest. 0 if the checkpoint has no model for this.
  public var contradiction: Float
  /// The prior under which the probabilities hold.
  public var prior: ExpressionPrior

  public init(
    probabilities: [Float], confidence: Float, uncertainty: Uncertainty, contradiction: Float = 0,
    prior: ExpressionPrior = .balanced
  ) {
    self.probabilities = probabilities
    self.confidence = confidence
    self.uncertainty = uncertainty
    self.contradiction = contradiction
    self.prior = prior
  }

  public var label: Expression { Expression(mostProbableOf: probabilities) }
}

public struct ActionUnitEstimate: Equatable, Sendable {
  public var probability: Float
  public var uncertainty: Uncertainty
  /// The unit is active above this probability: where F1 is best, according to the checkpoint.
  public var threshold: Float

  public init(probability: Float, uncertainty: Uncertainty, threshold: Float = 0.5) {
    self.probability = probability
    self.uncertainty = uncertainty
    self.threshold = threshold
  }

  public var isActive: Bool { probability > threshold }
}

/// Valence or arousal.
public struct ContinuousEstimate: Equatable, Sendable {
  /// (20,) probabilities of the bins, whose centres are linspace(-1, 1, 20); they sum to 1.
  public var probabilities: [Float]
  /// Expectation over the bins, in [-1, 1].
  public var value: Float
  public var uncertainty: Uncertainty

  public static let binCount = 20

  public init(probabilities: [Float], value: Float, uncertainty: Uncertainty) {
    self.probabilities = probabilities
    self.value = value
    self.uncertainty = uncertainty
  }

  /// Standard deviation of the distribution over the bins.
  public var standardDeviation: Float {
    var variance: Float = 0
    for (bin, probability) in probabilities.enumerated() {
      let distance = Float(2 * bin) / Float(Self.binCount - 1) - 1 - value
      variance += probability * distance * distance
    }
    return variance.squareRoot()
  }
}

/// The network's outputs for one face, except landmarks.
public struct Emotion: Equatable, Sendable {
  public var expression: ExpressionEstimate
  /// (12,) in the order of ``ActionUnit/allCases``.
  public var actionUnits: [ActionUnitEstimate]
  public var valence: ContinuousEstimate
  public var arousal: ContinuousEstimate

  public init(
    expression: ExpressionEstimate, actionUnits: [ActionUnitEstimate],
    valence: ContinuousEstimate, arousal: ContinuousEstimate
  ) {
    self.expression = expression
    self.actionUnits = actionUnits
    self.valence = valence
    self.arousal = arousal
  }

  /// Overall disagreement between the members, in [0, 1]: the mean of the epistemic uncertainties
  /// of the three tasks, each averaged over its outputs.
  public var epistemic: Float {
    let units = actionUnits.reduce(0) { $0 + $1.uncertainty.epistemic } / Float(actionUnits.count)
    let affect = (valence.uncertainty.epistemic + arousal.uncertainty.epistemic) / 2
    return (expression.uncertainty.epistemic + units + affect) / 3
  }
}
