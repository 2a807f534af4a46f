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
    meter.update(tone(decibels), around: tone(decibels), time: 0)
    #expect(abs(meter.level - decibels) < 0.1)
  }

  @Test func voiceStandsOutOfTheNoiseAndIsHeld() {
    var meter = SoundMeter()
    var time = 0.0
    func hear(_ sound: MadeSound, _ decibels: Double, seconds: Double) -> Set<SoundMeter.State> {
      var states: Set<SoundMeter.State> = []
      for _ in 0..<Int(seconds * 25) {
        let samples = sound.samples(from: time, decibels: decibels)
        meter.update(samples.suffix(800), around: samples[...], time: time)
        time += 0.04
        states.insert(meter.state)
      }
      return states
    }
    #expect(hear(.noise, -55, seconds: 2) == [.quiet])
    #expect(hear(.voice, -35, seconds: 1).contains(.voice))
    // Between words.
    #expect(hear(.noise, -55, seconds: 0.2) == [.voice])
    #expect(hear(.noise, -55, seconds: 1).contains(.quiet))
    // Something loud that is no voice.
    for sound in MadeSound.allCases where sound != .voice {
      #expect(!hear(sound, -30, seconds: 2).contains(.voice), "\(sound)")
    }
  }

  /// Wherever the frame lies in its window: centred, as in files, or at its end, as live.
  @Test(arguments: [0.0, 400, 5040, 8000, 10080])
  func aVoiceIsFoundInAnyWindow(middle: Double) {
    var meter = SoundMeter()
    let cut = SoundCut(start: 0, frameMiddle: middle, isComplete: true)
    meter.update(
      [Float](repeating: 1e-3, count: SoundWindow.size), cut, time: 0)
    let voice = MadeSound.voice.samples(from: 0, decibels: -25)
    let later = MadeSound.voice.samples(from: 0.4, decibels: -25)
    for frame in 1...3 {
      meter.update(
        Array((voice + later).prefix(SoundWindow.size)), cut, time: Double(frame) * 0.04)
    }
    #expect(meter.state == .voice)
  }

  @Test func zerosAreSilent() {
    var meter = SoundMeter()
    let nothing = [Float](repeating: 0, count: 800)[...]
    meter.update(nothing, around: nothing, time: 0)
    #expect(meter.state == .silent && meter.level == SoundMeter.floor)
    // Sound after a muted start is the room, not a voice.
    meter.update(tone(-50), around: tone(-50), time: 0.04)
    #expect(meter.state == .quiet)
  }
}

@Suite struct SoundRateTests {
  /// Both define it on their own, since the network must not import the microphone.
  @Test func theNetworkHearsWhatCaptureGives() {
    #expect(SoundWindow.sampleRate == soundSampleRate)
  }
}
