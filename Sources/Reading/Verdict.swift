import Inference

/// How far the winning expression can be believed, as one plain word.
package enum Verdict: String, CaseIterable, Sendable {
  case sure
  case likely
  case unsure
  case cannotTell = "cannot tell"

  /// `confidence`: the chance that most people would say the same (``ExpressionEstimate``).
  package init(confidence: Float) {
    self =
      switch confidence {
      case 0.8...: .sure
      case 0.6...: .likely
      case 0.4...: .unsure
      // NaN too.
      default: .cannotTell
      }
  }
}
