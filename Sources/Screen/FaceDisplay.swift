import FaceCrop
import Glibc
import Inference

/// What the screen shows of one face: smoothed over time, with the trail and the history of valence
/// and arousal. Records stay raw.
package struct FaceDisplay: Equatable, Sendable {
  package struct Sample: Equatable, Sendable {
    package var time: Double
    package var valence: Float
    package var arousal: Float
    /// The winning expression on the screen.
    var expression: Expression

    init(_ emotion: Emotion, time: Double) {
      self.time = time
      valence = emotion.valence.value
      arousal = emotion.arousal.value
      expression = emotion.expression.label
    }
  }

  static let historySeconds = 60.0
  package static let trailSeconds = 3.0

  package private(set) var emotion: Emotion
  /// The last minute, oldest first.
  private(set) var history: [Sample]
  package private(set) var time: Double
  /// The mean over the last second or so, regardless of the smoothing.
  private var settled: Emotion
  /// The person's face at rest; everything is shown relative to it.
  package var rest: RestingFace?
  /// The main obstacle to reading the face.
  var obstacle: Legibility.Obstacle?

  package init(_ emotion: Emotion, time: Double) {
    self.emotion = emotion
    settled = emotion
    self.time = time
    history = [Sample(emotion, time: time)]
  }

  /// - Parameter smoothing: time constant, s; 0 for none
  package mutating func update(_ next: Emotion, time now: Double, smoothing: Double) {
    guard now > time else { return }
    func weight(_ constant: Double) -> Float {
      constant > 0 ? Float(1 - exp(-(now - time) / constant)) : 1
    }
    emotion = emotion.moved(towards: next, by: weight(smoothing))
    settled = settled.moved(towards: next, by: weight(1))
    time = now
    history.append(Sample(emotion, time: now))
    if let first = history.firstIndex(where: { $0.time >= now - Self.historySeconds }) {
      history.removeFirst(first)
    }
  }

  package var trail: ArraySlice<Sample> {
    let start = history.firstIndex { $0.time >= time - Self.trailSeconds } ?? history.endIndex
    return history[start...]
  }

  /// Takes the present state as the resting face, or discards the resting face.
  mutating func toggleRest() {
    rest = rest == nil ? RestingFace(settled) : nil
  }

  /// (7,) probabilities
  package var expression: [Float] {
    rest.map { emotion.relative(to: $0).expression } ?? emotion.expression.probabilities
  }
  package var label: Expression {
    rest.map { emotion.relative(to: $0).label } ?? emotion.expression.label
  }

  /// In [-2, 2] if there is a resting face, otherwise in [-1, 1].
  package var valence: Float { relative(emotion.valence.value, rest?.valence) }
  package var arousal: Float { relative(emotion.arousal.value, rest?.arousal) }

  /// In [-1, 1]; a difference if there is a resting face.
  package func probability(ofActionUnit index: Int) -> Float {
    relative(emotion.actionUnits[index].probability, rest?.actionUnits[index])
  }

  package func valence(of sample: Sample) -> Float { relative(sample.valence, rest?.valence) }
  package func arousal(of sample: Sample) -> Float { relative(sample.arousal, rest?.arousal) }

  private func relative(_ value: Float, _ rest: Float?) -> Float {
    value - (rest ?? 0)
  }
}

extension Emotion {
  /// A weighted mean in which `other` has `weight`; a mean of probabilities is again one.
  fileprivate func moved(towards other: Emotion, by weight: Float) -> Emotion {
    guard weight < 1 else { return other }
    // NaN must not stay in the mean for good.
    func mix(_ a: Float, _ b: Float) -> Float {
      a.isFinite && b.isFinite ? a + (b - a) * weight : b.isFinite ? b : a
    }
    func mix(_ a: Uncertainty, _ b: Uncertainty) -> Uncertainty {
      Uncertainty(
        aleatoric: mix(a.aleatoric, b.aleatoric), epistemic: mix(a.epistemic, b.epistemic))
    }
    func mix(_ a: ContinuousEstimate, _ b: ContinuousEstimate) -> ContinuousEstimate {
      ContinuousEstimate(
        probabilities: zip(a.probabilities, b.probabilities).map(mix), value: mix(a.value, b.value),
        uncertainty: mix(a.uncertainty, b.uncertainty))
    }
    return Emotion(
      expression: ExpressionEstimate(
        probabilities: zip(expression.probabilities, other.expression.probabilities).map(mix),
        confidence: mix(expression.confidence, other.expression.confidence),
        uncertainty: mix(expression.uncertainty, other.expression.uncertainty),
        contradiction: mix(expression.contradiction, other.expression.contradiction),
        prior: other.expression.prior),
      actionUnits: zip(actionUnits, other.actionUnits).map { a, b in
        ActionUnitEstimate(
          probability: mix(a.probability, b.probability),
          uncertainty: mix(a.uncertainty, b.uncertainty), threshold: b.threshold)
      },
      valence: mix(valence, other.valence), arousal: mix(arousal, other.arousal))
  }
}
