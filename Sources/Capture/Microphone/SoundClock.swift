import Glibc

/// Estimates when each block was captured from late and jittery measurements: a second-order
/// delay-locked loop, after F. Adriaensen, "Using a DLL to filter time" (2005).
struct SoundClock {
  /// Bandwidth in Hz, once settled and at the start.
  private static let settled = 0.05
  private static let first = 1.0
  /// A measurement this far from the expected time, in s, restarts the loop.
  static let step = 0.1

  private let nominal: Double
  /// Duration of one of the card's frames, in s.
  private var period: Double
  private var time = 0.0
  private var age: Double?

  /// - Parameter rate: nominal, in Hz
  init(rate: Int) {
    nominal = 1 / Double(rate)
    period = nominal
  }

  mutating func restart() {
    age = nil
    period = nominal
  }

  /// - Parameters:
  ///   - measured: when the first frame of the block was captured, in s
  ///   - frames: number of frames from the start of the previous block to the start of this one
  /// - Returns: the filtered time, in s
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
    // No card is off by as much as 1 %.
    period = min(
      1.01 * nominal, max(0.99 * nominal, period + omega * omega * error / Double(frames)))
    self.age = age + span
    return time
  }
}
