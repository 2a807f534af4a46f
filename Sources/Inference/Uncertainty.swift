import Glibc
import Imaging

/// One member's output for one crop.
struct MemberOutputs: Sendable {
  var expression: [Float]  // (7,) probabilities
  var actionUnits: [Float]  // (12,) probabilities of being present
  var valence: [Float]  // (20,) probabilities of the bins
  var arousal: [Float]  // (20,)
  var landmarks: [Point]?  // (68,) fractions of the crop
  var cover: Float?  // log-odds

  /// - Parameters:
  ///   - logits: of the heads EXPR (7,), AU (12,), VA (40,) and, if present, FA (136,)
  ///   - shift: (7,) added to the logits of EXPR
  ///   - cover: log-odds that something covers the face
  init(logits: [[Float]], shift: [Float] = .init(repeating: 0, count: 7), cover: Float? = nil) {
    self.cover = cover
    expression = softmax(zip(logits[0], shift).map { $0 + $1 }[...])
    actionUnits = logits[1].map(sigmoid)
    valence = softmax(logits[2][..<20])
    arousal = softmax(logits[2][20...])
    landmarks =
      logits.count > 3
      ? (0..<68).map { Point(logits[3][2 * $0], logits[3][2 * $0 + 1]) } : nil
  }
}

extension Emotion {
  init(meanOf members: [MemberOutputs], _ calibration: OutputCalibration) {
    expression = ExpressionEstimate(
      members.map(\.expression), confidenceExponent: calibration.confidenceExponent)
    expression.prior = calibration.prior
    actionUnits = ActionUnit.allCases.indices.map { unit in
      ActionUnitEstimate(
        members.map { $0.actionUnits[unit] }, threshold: calibration.thresholds[unit])
    }
    valence = ContinuousEstimate(members.map(\.valence))
    arousal = ContinuousEstimate(members.map(\.arousal))
    if let witness = calibration.witness {
      expression.contradiction = divergence(
        expression.probabilities,
        witness.probabilities(
          actionUnits: actionUnits.map(\.probability), valence: valence.value,
          arousal: arousal.value, prior: calibration.prior))
    }
    if let model = calibration.confidence {
      expression.confidence = model.confidence(
        probability: expression.probabilities.max() ?? 0,
        contradiction: expression.contradiction, epistemic: epistemic)
    }
  }
}

extension ExpressionEstimate {
  init(_ members: [[Float]], confidenceExponent: Float) {
    let (mean, uncertainty) = Uncertainty.mixing(members)
    let powers = mean.map { pow($0, confidenceExponent) }
    self.init(
      probabilities: mean, confidence: (powers.max() ?? 0) / powers.reduce(0, +),
      uncertainty: uncertainty)
  }
}

extension ActionUnitEstimate {
  init(_ members: [Float], threshold: Float = 0.5) {
    let (mean, uncertainty) = Uncertainty.mixing(members.map { [1 - $0, $0] })
    self.init(probability: mean[1], uncertainty: uncertainty, threshold: threshold)
  }
}

extension ContinuousEstimate {
  init(_ members: [[Float]]) {
    let (mean, uncertainty) = Uncertainty.mixing(members)
    let value = mean.enumerated().reduce(0) { sum, bin in
      sum + bin.element * (-1 + 2 * Float(bin.offset) / Float(mean.count - 1))
    }
    self.init(probabilities: mean, value: value, uncertainty: uncertainty)
  }
}

extension Uncertainty {
  /// Splits the entropy of the mean of the members (Depeweg et al. 2018).
  ///
  /// - Parameter members: (members, n) probabilities
  /// - Returns: the mean (n,) and its uncertainty
  static func mixing(_ members: [[Float]]) -> ([Float], Uncertainty) {
    // Summed in double precision, which is exact, so that members that agree have exactly their own
    // mean.
    func mean(_ values: [Float]) -> Float {
      Float(values.reduce(0) { $0 + Double($1) } / Double(values.count))
    }
    let mixture = members[0].indices.map { i in mean(members.map { $0[i] }) }
    let aleatoric = mean(members.map(normalizedEntropy))
    return (
      mixture,
      Uncertainty(
        aleatoric: aleatoric, epistemic: max(0, normalizedEntropy(mixture) - aleatoric))
    )
  }
}

/// Entropy in base 2 divided by log2 n, in [0, 1].
func normalizedEntropy(_ probabilities: [Float]) -> Float {
  let entropy = probabilities.reduce(0) { $1 > 0 ? $0 - $1 * log2($1) : $0 }
  return min(1, max(0, entropy / log2(Float(probabilities.count))))
}

private func sigmoid(_ x: Float) -> Float { 1 / (1 + exp(-x)) }

func softmax(_ logits: ArraySlice<Float>) -> [Float] {
  let highest = logits.max() ?? 0
  let powers = logits.map { exp($0 - highest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}
