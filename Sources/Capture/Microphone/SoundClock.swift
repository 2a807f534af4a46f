import Glibc

/// When each block of a sound card was taken, from what was measured late and unevenly: a delay
/// locked loop of second order, after F. Adriaensen, "Using a DLL to filter time" (2005).
struct SoundClock {
  /// Bandwidth once it has settled, and at the start, Hz.
  private static let settled = 0.05
  private static let first = 1.0
  /// A measurement so far from what was expected is a new beginning, s.
  static let step = 0.1

  private let nominal: Double
  /// s of one frame of the card
  private var period: Double
  private var time = 0.0
  private var age: Double?

  /// `rate`: nominal, Hz.
  init(rate: Int) {
    nominal = 1 / Double(rate)
    period = nominal
  }

  mutating func restart() {
    age = nil
    period = nominal
  }

  /// - Parameters:
  ///   - measured: when the first frame of the block was taken, s
  ///   - frames: how many lie between the start of the last block and that of this one
  /// - Returns: the same, filtered
  mutating func time(_ measured: Double, after frames: Int) -> Double {
    guard let age, frames > 0 else {
      self.age = age ?? 0
      time = measured
      return measured
    }
    let expected = time + Double(frames) * period
    let error = measured - expected
    guard abs(error) < Self.step else {
      self.age = 0
      period = nominal
      time = measured
      return measured
    }
    let span = Double(frames) * nominal
    let bandwidth = max(Self.settled, Self.first / (1 + age))
    let omega = min(0.5, 2 * .pi * bandwidth * span)
    time = expected + 2.0.squareRoot() * omega * error
    // No card is off by 1 %.
    period = min(
      1.01 * nominal, max(0.99 * nominal, period + omega * omega * error / Double(frames)))
    self.age = age + span
    return time
  }
}
