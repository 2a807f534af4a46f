import Capture
import Foundation
import Inference
import TestSupport
import Testing

@testable import Reading

/// Sounds to tell apart, computed.
enum MadeSound: CaseIterable {
  /// Pulses of a moving pitch through two formants, four syllables a second.
  case voice
  case noise
  /// Noise that comes and goes like syllables.
  case gusts
  /// 200 Hz, steady.
  case tone
  /// Notes of 0.5 s that fade away.
  case notes
  case hum
  case clicks

  /// (6400,) at 16 kHz
  func samples(from start: Double, decibels: Double, pitch: Double = 120) -> [Float] {
    var random = Sequence64(state: 7)
    var phase = 0.0
    var formants: [(Double, Double)] = [(0, 0), (0, 0)]
    let values = (0..<VoiceActivity.size).map { index -> Double in
      let time = start + Double(index) / 16000
      let syllable = pow(max(0, sin(2 * .pi * 4 * time)), 0.5) + 0.02
      func white() -> Double { Double.random(in: -1...1, using: &random) }
      switch self {
      case .voice:
        phase += pitch * (1 + 0.2 * sin(2 * .pi * 1.5 * time)) / 16000
        var pulse = 0.0
        if phase >= 1 {
          phase -= 1
          pulse = 1
        }
        for (place, frequency) in [600.0, 1400].enumerated() {
          let (last, before) = formants[place]
          let value = pulse + 1.9 * cos(2 * .pi * frequency / 16000) * last - 0.9025 * before
          formants[place] = (value, last)
        }
        return syllable * (formants[0].0 + 0.5 * formants[1].0)
      case .noise: return white()
      case .gusts: return syllable * white()
      case .tone: return sin(2 * .pi * 200 * time)
      case .notes:
        let note = (time * 2).rounded(.down)
        let age = time - note / 2
        return exp(-4 * age)
          * sin(2 * .pi * (note.truncatingRemainder(dividingBy: 2) + 2) * 110 * time)
      case .hum:
        return (1...5).reduce(0) { $0 + sin(2 * .pi * 100 * Double($1) * time) / Double($1) }
      case .clicks: return index % 4000 < 20 ? white() : 0.001 * white()
      }
    }
    let level = (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
    let gain = pow(10, decibels / 20) / max(level, 1e-9)
    return values.map { Float($0 * gain) }
  }
}

/// A generator of Knuth's constants, so that a test always sees the same noise.
private struct Sequence64: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

@Suite struct VoiceActivityTests {
  /// Men, women and children, loud and soft.
  @Test(arguments: [90.0, 120, 180, 250, 300], [-50.0, -35, -20])
  func aVoiceIsHeard(pitch: Double, decibels: Double) {
    let heard = (0..<20).count { index in
      let samples = MadeSound.voice.samples(
        from: Double(index) * 0.13, decibels: decibels, pitch: pitch)
      return VoiceActivity.hears(samples[...])
    }
    #expect(heard >= 16)
  }

  @Test(arguments: MadeSound.allCases.filter { $0 != .voice }, [-50.0, -20])
  func otherSoundIsNot(sound: MadeSound, decibels: Double) {
    for index in 0..<20 {
      let samples = sound.samples(from: Double(index) * 0.13, decibels: decibels)
      #expect(!VoiceActivity.hears(samples[...]), "\(index)")
    }
  }

  @Test func silenceAndTooLittleSoundAreNot() {
    #expect(!VoiceActivity.hears([Float](repeating: 0, count: VoiceActivity.size)[...]))
    #expect(!VoiceActivity.hears(MadeSound.voice.samples(from: 0, decibels: -20)[..<3000]))
  }

  @Test(.enabled(if: Shared.isPresent, "needs ../shared"))
  func aTalkerIsHeardWhileTalking() throws {
    let file = try SoundFile(path: Shared.path("clips/12_grid_bbaf2n.mp4"))
    var heard: [Double] = []
    for start in stride(from: 0, through: 40000, by: 1600) {
      var samples = [Float](repeating: 0, count: VoiceActivity.size)
      samples.withUnsafeMutableBufferPointer { file.read(from: start, into: $0) }
      if VoiceActivity.hears(samples[...]) { heard.append(Double(start) / 16000) }
    }
    // The sentence takes the middle 1.5 s of 3 s.
    #expect(heard.count >= 6)
    #expect(heard.allSatisfy { $0 > 0.1 && $0 < 2.5 })
  }
}
