import Glibc

/// Tells a voice from other sound: a voice is periodic at 70 to 365 Hz, its pitch moves, and its
/// loudness goes up and down with the syllables. Noise is not periodic; hums, beeps and most music
/// keep pitch or loudness for longer than a voice can.
package enum VoiceActivity {
  /// Samples at 16 kHz that a decision needs: 0.4 s.
  package static let size = 6400

  /// Half of these parts overlap: 40 ms each at 4 kHz, 20 ms apart.
  private static let part = 160
  private static let step = 80
  private static let lags = 10..<58
  /// Correlation of a part with itself one period later.
  private static let periodic: Float = 0.7
  /// Share of the parts that are voiced.
  private static let enough = 0.25
  /// Mean change of the pitch from one part to the next, as a fraction. Larger changes are jumps to
  /// another octave, or another sound.
  private static let moves: ClosedRange<Float> = 0.006...0.15
  /// Standard deviation of the level, dB.
  private static let modulation = 2.0

  /// - Parameter samples: the newest ``size``; fewer are no voice
  package static func hears(_ samples: ArraySlice<Float>) -> Bool {
    guard samples.count >= size else { return false }
    let slow = quarterRate(samples.suffix(size))
    let parts = stride(from: 0, through: slow.count - part, by: step).map { first in
      Part(slow[first..<first + part])
    }
    let loudest = parts.map(\.decibels).max() ?? 0
    let audible = max(loudest - 20, -75)
    let periods = parts.map { $0.decibels > audible ? $0.period : nil }
    let voiced = periods.count { $0 != nil }
    guard Double(voiced) >= enough * Double(parts.count) else { return false }
    let steps = zip(periods, periods.dropFirst()).compactMap { before, after -> Float? in
      guard let before, let after else { return nil }
      let step = abs(logf(after / before))
      return step < moves.upperBound ? step : nil
    }
    guard steps.count >= 3, steps.reduce(0, +) / Float(steps.count) >= moves.lowerBound else {
      return false
    }
    let levels = parts.map { max(-80, $0.decibels) }
    let mean = levels.reduce(0, +) / Double(levels.count)
    let variance = levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(levels.count)
    return variance.squareRoot() >= modulation
  }

  /// Means of four samples.
  private static func quarterRate(_ samples: ArraySlice<Float>) -> [Float] {
    stride(from: samples.startIndex, to: samples.endIndex, by: 4).map { first in
      (samples[first] + samples[first + 1] + samples[first + 2] + samples[first + 3]) / 4
    }
  }

  private struct Part {
    let decibels: Double
    /// In samples at 4 kHz; nil if the part is not periodic.
    let period: Float?

    init(_ samples: ArraySlice<Float>) {
      let mean = samples.reduce(0, +) / Float(samples.count)
      let values = samples.map { $0 - mean }
      let energy = values.reduce(0) { $0 + $1 * $1 }
      decibels = 10 * log10(Double(energy) / Double(values.count) + 1e-10)
      let length = values.count - VoiceActivity.lags.upperBound
      let own = Self.product(values, 0, 0, length)
      let correlation = VoiceActivity.lags.map { lag in
        let later = Self.product(values, lag, lag, length)
        return Self.product(values, 0, lag, length) / (own * later + 1e-12).squareRoot()
      }
      let peaks = (1..<correlation.count - 1).filter {
        correlation[$0] >= correlation[$0 - 1] && correlation[$0] >= correlation[$0 + 1]
      }
      guard let best = peaks.max(by: { correlation[$0] < correlation[$1] }),
        correlation[best] > VoiceActivity.periodic
      else {
        period = nil
        return
      }
      // The top of the parabola through the peak and its neighbours.
      let (left, top, right) = (correlation[best - 1], correlation[best], correlation[best + 1])
      let bend = min(left - 2 * top + right, -1e-6)
      period = Float(VoiceActivity.lags.lowerBound + best) + (left - right) / (2 * bend)
    }

    private static func product(_ values: [Float], _ first: Int, _ second: Int, _ length: Int)
      -> Float
    {
      var sum: Float = 0
      for i in 0..<length { sum += values[first + i] * values[second + i] }
      return sum
    }
  }
}
