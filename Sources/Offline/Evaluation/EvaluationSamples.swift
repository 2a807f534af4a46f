import Inference

/// Predictions beside labels, for the frames that have a label.
package struct EvaluationSamples {
  package var expression = Classified()
  /// (12,) in the order of ``ActionUnit/allCases``.
  package var actionUnits = [Classified](repeating: Classified(), count: ActionUnit.allCases.count)
  /// Valence, arousal: (2, n)
  var continuous: [[Double]] = [[], []]
  var continuousLabels: [[Double]] = [[], []]
  /// What people voted, (n, 7), and what was predicted for the same pictures.
  var votes: [[Double]] = []
  var votedProbabilities: [[Double]] = []
  /// What could not be compared, in words.
  package var problems: [String] = []

  /// Classes that were predicted beside those that are true.
  package struct Classified {
    package var predicted: [Int] = []
    package var labels: [Int] = []
    /// As many as labels, or none where only classes are known.
    var certainty: [Certainty] = []

    /// How sure the prediction of one label was.
    package struct Certainty {
      /// Of each class.
      package var probabilities: [Double]
      /// That the prediction is right; the largest probability where nothing better is known.
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

  /// Calibration speaks of all labels or of none.
  mutating func dropPartialCertainty() {
    if certainty.count != labels.count { certainty = [] }
  }

  package mutating func append(_ other: Self) {
    predicted += other.predicted
    labels += other.labels
    certainty += other.certainty
  }
}
