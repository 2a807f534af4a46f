import Capture
import Foundation
import Inference
import Testing

@testable import Reading

@Suite struct SoundMeterTests {
  private func tone(_ decibels: Double) -> ArraySlice<Float> {
    let amplitude = Float(pow(10, decibels / 20) * 2.0.squareRoot())
    return (0..<800).map { amplitude * Float(sin(Double($0) * 0.3)) }[...]
  }

  @Test(arguments: [-80.0, -60, -30, -3])
  func levelIsTheRootMeanSquare(decibels: Double) {
    var meter = SoundMeter()
    meter.update(tone(decibels), time: 0)
    #expect(abs(meter.level - decibels) < 0.1)
  }

  @Test func voiceStandsOutOfTheNoiseAndIsHeld() {
    var meter = SoundMeter()
    var time = 0.0
    func hear(_ decibels: Double, seconds: Double) -> Set<SoundMeter.State> {
      var states: Set<SoundMeter.State> = []
      for _ in 0..<Int(seconds * 25) {
        meter.update(tone(decibels), time: time)
        time += 0.04
        states.insert(meter.state)
      }
      return states
    }
    #expect(hear(-55, seconds: 2) == [.quiet])
    #expect(hear(-35, seconds: 1) == [.voice])
    // Between words.
    #expect(hear(-55, seconds: 0.2) == [.voice])
    #expect(hear(-55, seconds: 1).contains(.quiet))
    // A fan that keeps running counts as noise after a while.
    _ = hear(-40, seconds: 8)
    #expect(hear(-40, seconds: 1) == [.quiet])
    #expect(hear(-25, seconds: 0.2) == [.voice])
  }

  @Test func zerosAreSilent() {
    var meter = SoundMeter()
    meter.update([Float](repeating: 0, count: 800)[...], time: 0)
    #expect(meter.state == .silent && meter.level == SoundMeter.floor)
    // Sound after a muted start is the room, not a voice.
    meter.update(tone(-50), time: 0.04)
    #expect(meter.state == .quiet)
  }
}

@Suite struct SoundRateTests {
  /// Both define it on their own, since the network must not import the microphone.
  @Test func theNetworkHearsWhatCaptureGives() {
    #expect(SoundWindow.sampleRate == soundSampleRate)
  }
}
