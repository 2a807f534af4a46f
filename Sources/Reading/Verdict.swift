import Inference

/// How reliable the winning expression is, in plain words.
package enum Verdict: String, CaseIterable, Sendable {
  case sure
  case likely
  case unsure
  case cannotTell = "cannot tell"

  /// `confidence`: the chance that most people would agree (``ExpressionEstimate``).
  package init(confidence: Float) {
    self =
      switch confidence {
      case 0.8...: .sure
      case 0.6...: .likely
      case 0.4...: .unsure
      // Includes NaN.
      default: .cannotTell
      }
  }
}
