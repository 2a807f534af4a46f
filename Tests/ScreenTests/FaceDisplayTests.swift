import Inference
import TestSupport
import Testing

@testable import Screen

@Suite struct FaceDisplayTests {
  /// After one time constant, 63 % of a step are reached, whatever the frame rate.
  @Test(arguments: [5, 30, 240])
  func smoothingIsExponentialInTime(framesPerSecond: Int) {
    let (from, to) = (Sample.emotion(phase: 0), Sample.emotion(phase: 3))
    var face = FaceDisplay(from, time: 0)
    for frame in 1...framesPerSecond {
      face.update(to, time: Double(frame) / Double(framesPerSecond), smoothing: 1)
    }
    let share =
      (face.valence - from.valence.value) / (to.valence.value - from.valence.value)
    #expect(abs(share - 0.632) < 0.001)
    #expect(abs(face.emotion.expression.probabilities.reduce(0, +) - 1) < 1e-4)
  }

  @Test func withoutSmoothingTheLastFrameShows() {
    var face = FaceDisplay(Sample.emotion(phase: 0), time: 0)
    face.update(Sample.emotion(phase: 2), time: 0.1, smoothing: 0)
    #expect(face.emotion == Sample.emotion(phase: 2))
    // If time stands still or goes back, nothing changes.
    face.update(Sample.emotion(phase: 1), time: 0.1, smoothing: 0)
    face.update(Sample.emotion(phase: 1), time: -4, smoothing: 0)
    #expect(face.emotion == Sample.emotion(phase: 2) && face.history.count == 2)
  }
}
