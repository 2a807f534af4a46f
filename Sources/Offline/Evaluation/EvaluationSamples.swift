import Inference

/// Predictions paired with labels, for the frames that have a label.
package struct EvaluationSamples {
  package var expression = Classified()
  /// (12,) in the order of ``ActionUnit/allCases``.
  package var actionUnits = [Classified](repeating: Classified(), count: ActionUnit.allCases.count)
  /// Valence, arousal: (2, n)
  var continuous: [[Double]] = [[], []]
  var continuousLabels: [[Double]] = [[], []]
  /// People's votes, (n, 7), and the predictions for the same pictures.
  var votes: [[Double]] = []
  var votedProbabilities: [[Double]] = []
  /// What could not be compared, in words.
  package var problems: [String] = []

  /// Predicted classes paired with the true ones.
  package struct Classified {
    package var predicted: [Int] = []
    package var labels: [Int] = []
    /// One per label, or none if only classes are known.
    var certainty: [Certainty] = []

    /// How sure the prediction of one label was.
    package struct Certainty {
      /// Probability of each class.
      package var probabilities: [Double]
      /// Probability that the prediction is right; the largest class probability if nothing better
      /// is known.
      package var confidence: Double
      package var aleatoric: Double
      package var epistemic: Double
    }
  }

  package var count: Int {
    expression.labels.count + actionUnits.reduce(0) { $0 + $1.labels.count }
      + continuous[0].count + votes.count
  }
}

extension EvaluationSamples.Classified {
  package mutating func append(_ predicted: Int, label: Int, _ certainty: Certainty?) {
    self.predicted.append(predicted)
    labels.append(label)
    if let certainty { self.certainty.append(certainty) }
  }

  /// Calibration needs the certainty of all labels, so it is dropped if any is missing.
  mutating func dropPartialCertainty() {
    if certainty.count != labels.count { certainty = [] }
  }

  package mutating func append(_ other: Self) {
    predicted += other.predicted
    labels += other.labels
    certainty += other.certainty
  }
}
