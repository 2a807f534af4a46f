import Glibc
import Inference

/// What the screen shows of one face: smoothed over time, with the trail and the history of valence
/// and arousal. Records stay raw.
struct FaceDisplay: Equatable, Sendable {
  struct Sample: Equatable, Sendable {
    var time: Double
    var valence: Float
    var arousal: Float
  }

  static let historySeconds = 60.0
  static let trailSeconds = 3.0

  private(set) var emotion: Emotion
  /// The last minute, oldest first.
  private(set) var history: [Sample]
  private var time: Double
  /// What the person calls neutral; values are shown relative to it.
  private(set) var neutral: (valence: Float, arousal: Float)?

  init(_ emotion: Emotion, time: Double) {
    self.emotion = emotion
    self.time = time
    history = [Sample(time: time, valence: emotion.valence.value, arousal: emotion.arousal.value)]
  }

  /// - Parameter smoothing: time constant, s; 0 for none
  mutating func update(_ next: Emotion, time now: Double, smoothing: Double) {
    guard now > time else { return }
    let weight = smoothing > 0 ? Float(1 - exp(-(now - time) / smoothing)) : 1
    emotion = emotion.moved(towards: next, by: weight)
    time = now
    history.append(
      Sample(time: now, valence: emotion.valence.value, arousal: emotion.arousal.value))
    if let first = history.firstIndex(where: { $0.time >= now - Self.historySeconds }) {
      history.removeFirst(first)
    }
  }

  var trail: ArraySlice<Sample> {
    let start = history.firstIndex { $0.time >= time - Self.trailSeconds } ?? history.endIndex
    return history[start...]
  }

  /// Takes the present state as neutral, or gives that up.
  mutating func toggleNeutral() {
    neutral = neutral == nil ? (emotion.valence.value, emotion.arousal.value) : nil
  }

  var valence: Float { relative(emotion.valence.value, neutral?.valence) }
  var arousal: Float { relative(emotion.arousal.value, neutral?.arousal) }

  func valence(of sample: Sample) -> Float { relative(sample.valence, neutral?.valence) }
  func arousal(of sample: Sample) -> Float { relative(sample.arousal, neutral?.arousal) }

  private func relative(_ value: Float, _ neutral: Float?) -> Float {
    min(1, max(-1, value - (neutral ?? 0)))
  }

  static func == (first: FaceDisplay, second: FaceDisplay) -> Bool {
    first.emotion == second.emotion && first.history == second.history
      && first.neutral?.valence == second.neutral?.valence
  }
}

extension Emotion {
  /// A mean of both, `weight` of it `other`; a mean of probabilities is one again.
  fileprivate func moved(towards other: Emotion, by weight: Float) -> Emotion {
    func mix(_ a: Float, _ b: Float) -> Float { a + (b - a) * weight }
    func mix(_ a: Uncertainty, _ b: Uncertainty) -> Uncertainty {
      Uncertainty(
        aleatoric: mix(a.aleatoric, b.aleatoric), epistemic: mix(a.epistemic, b.epistemic))
    }
    func mix(_ a: ContinuousEstimate, _ b: ContinuousEstimate) -> ContinuousEstimate {
      ContinuousEstimate(
        value: mix(a.value, b.value), uncertainty: mix(a.uncertainty, b.uncertainty))
    }
    return Emotion(
      expression: ExpressionEstimate(
        probabilities: zip(expression.probabilities, other.expression.probabilities).map(mix),
        uncertainty: mix(expression.uncertainty, other.expression.uncertainty)),
      actionUnits: zip(actionUnits, other.actionUnits).map { a, b in
        ActionUnitEstimate(
          probability: mix(a.probability, b.probability),
          uncertainty: mix(a.uncertainty, b.uncertainty))
      },
      valence: mix(valence, other.valence), arousal: mix(arousal, other.arousal))
  }
}
