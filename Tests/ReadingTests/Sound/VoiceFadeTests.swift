import Capture
import Inference
import TestSupport
import Testing

@testable import Reading

@Suite struct VoiceFadeTests {
  /// Presence after each of `frames` frames, beginning with the first.
  private func presences(
    _ isVoice: Bool, from fade: inout VoiceFade, frames: Int, framesPerSecond: Double
  ) -> [Float] {
    (0..<frames).map { _ in
      fade.update(isVoice: isVoice, seconds: 1 / framesPerSecond)
      return fade.presence
    }
  }

  @Test(arguments: [1.0, 7, 25, 60]) func itTakesTheSameTimeAtAnyFrameRate(rate: Double) {
    var fade = VoiceFade()
    #expect(fade.presence == 0)
    for (isVoice, seconds, start) in [
      (true, VoiceFade.attack, Float(0)), (false, VoiceFade.release, 1),
    ] {
      let frames = Int((seconds * rate).rounded(.up))
      let values = presences(isVoice, from: &fade, frames: frames + 2, framesPerSecond: rate)
      let end = 1 - start
      for (frame, value) in values.enumerated() {
        let x = Float(min(1, Double(frame + 1) / rate / seconds))
        let smooth = x * x * (3 - 2 * x)
        #expect(abs(value - (start + (end - start) * smooth)) < 1e-5, "frame \(frame)")
      }
      #expect(values.suffix(2).allSatisfy { $0 == end })
    }
  }

  @Test func onlyAVoiceFadesIn() {
    for sound in MadeSound.allCases {
      var meter = SoundMeter()
      var largest: Float = 0
      for frame in 0..<75 {
        let time = Double(frame) * 0.04
        // A quiet room for a second.
        let samples =
          frame < 25
          ? MadeSound.noise.samples(from: time, decibels: -60)
          : sound.samples(from: time, decibels: -25)
        meter.update(samples.suffix(800), around: samples[...], time: time)
        largest = max(largest, meter.fade.presence)
      }
      #expect(largest == (sound == .voice ? 1 : 0), "\(sound)")
    }
  }

  @Test(.enabled(if: Shared.isPresent, "needs ../shared"))
  func aTalkerFadesInAndOut() throws {
    let file = try SoundFile(path: Shared.path("clips/12_grid_bbaf2n.mp4"))
    var meter = SoundMeter()
    var window = SoundWindow.silence
    let presences = (0..<100).map { frame in
      let middle = (Double(frame) + 0.5) * 640
      let start = SoundWindow.start(center: middle, count: .max)
      window.withUnsafeMutableBufferPointer { file.read(from: start, into: $0) }
      let cut = SoundCut(start: start, frameMiddle: middle, isComplete: true)
      meter.update(window, cut, time: Double(frame) / 25)
      return meter.fade.presence
    }
    // The sentence takes the middle 1.5 s of 3 s; after that there is silence.
    #expect(presences[0] == 0)
    #expect(presences[25..<45].max() == 1)
    #expect(presences[99] == 0)
    let steps = zip(presences, presences.dropFirst()).map { abs($0 - $1) }
    #expect(steps.allSatisfy { $0 < 0.31 })
  }
}
