import Inference
import Reading
import Records

/// What one face, or all of them, showed in a whole run. Each frame is weighted by its duration.
package struct Totals: Equatable, Sendable {
  /// s
  package private(set) var seen = 0.0
  /// Part of ``seen`` in which the face was turned away, or too uncertain to name an expression.
  package private(set) var untold = 0.0
  /// Seconds times confidence, by the expression that labels the frame; (7,)
  private var weights = [Double](repeating: 0, count: Expression.allCases.count)
  package private(set) var valence = Moments()
  package private(set) var arousal = Moments()

  mutating func add(_ face: RecordedFace, seconds: Double) {
    seen += seconds
    let confidence = Double(face.confidence)
    if face.isTurnedAway || Verdict(confidence: face.confidence) == .cannotTell {
      untold += seconds
    }
    if let label = face.label, confidence.isFinite {
      weights[label.rawValue] += seconds * confidence
    }
    valence.add(Double(face.valence), weight: seconds)
    arousal.add(Double(face.arousal), weight: seconds)
  }

  mutating func add(_ other: Totals) {
    seen += other.seen
    untold += other.untold
    for index in weights.indices { weights[index] += other.weights[index] }
    valence.add(other.valence)
    arousal.add(other.arousal)
  }

  /// In [0, 1]; nil if no frame names an expression.
  package func share(of expression: Expression) -> Double? {
    let sum = weights.reduce(0, +)
    return sum > 0 ? weights[expression.rawValue] / sum : nil
  }

  package var untoldShare: Double? { seen > 0 ? untold / seen : nil }
}

/// Weighted mean and standard deviation.
package struct Moments: Equatable, Sendable {
  private var weight = 0.0
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double, weight: Double) {
    guard value.isFinite, weight > 0 else { return }
    self.weight += weight
    sum += weight * value
    squares += weight * value * value
  }

  mutating func add(_ other: Moments) {
    weight += other.weight
    sum += other.sum
    squares += other.squares
  }

  package var mean: Double? { weight > 0 ? sum / weight : nil }
  package var deviation: Double? {
    mean.map { max(0, squares / weight - $0 * $0).squareRoot() }
  }
}

extension RecordedFace {
  /// The most likely expression; nil if the record has no probabilities.
  var label: Expression? {
    let best = Expression.allCases.max { probability(of: $0) < probability(of: $1) }
    return best.flatMap { probability(of: $0).isFinite ? $0 : nil }
  }
}
