import Testing

@testable import Capture
@testable import Runtime

/// Row 7 of the promises.
@Suite struct FrameClockTests {
  static let second: UInt64 = 1_000_000_000
  static let start = 1000 * second

  /// Frames fetched at 30 a second.
  private func stamps(
    numbers: [UInt32], timestamp: (_ index: Int, _ now: UInt64) -> UInt64?
  ) -> [FrameClock.Stamp] {
    var clock = FrameClock()
    return numbers.enumerated().map { index, number in
      let now = Self.start + UInt64(index) * Self.second / 30
      return clock.stamp(number: number, timestamp: timestamp(index, now), now: now)
    }
  }

  @Test func keepsTheDriversClock() {
    let stamps = stamps(numbers: Array(0..<10)) { _, now in now - 20_000_000 }
    for (index, stamp) in stamps.enumerated() {
      #expect(stamp.capturedAt == Self.start + UInt64(index) * Self.second / 30 - 20_000_000)
      #expect(abs(stamp.time - Double(index) / 30) < 1e-6)
      #expect(stamp.sequence == index && stamp.missing == 0)
    }
  }

  @Test(arguments: ["none", "zero", "future", "back", "wrapped", "stuck", "odd ones"])
  func row7_timesRiseStrictlyAndSanely(fault: String) {
    let stamps = stamps(numbers: Array(0..<60)) { index, now in
      switch fault {
      case "zero": 0
      case "future": now + 5 * Self.second
      case "back": index < 30 ? now : now - 2 * Self.second
      case "wrapped": index < 30 ? now : UInt64(index)
      case "stuck": Self.start
      case "odd ones": index % 2 == 0 ? now : UInt64.max
      default: nil
      }
    }
    #expect(stamps[0].time == 0)
    #expect(zip(stamps, stamps.dropFirst()).allSatisfy { $0.time < $1.time })
    // Two seconds' worth of frames took two seconds.
    #expect(abs(stamps[59].time - 59.0 / 30) < 0.05)
    #expect(stamps.allSatisfy { $0.missing == 0 })
  }

  @Test(
    arguments: [
      ([0, 1, 2, 5, 6], [0, 1, 2, 5, 6]),
      // The counter wraps, with and without a gap.
      ([UInt32.max - 1, .max, 0, 1], [0, 1, 2, 3]),
      ([UInt32.max - 1, 2], [0, 4]),
      // It goes back, stands still, or jumps further than time allows: no gap is invented.
      ([10, 11, 3, 4], [0, 1, 2, 3]),
      ([0, 0, 0, 0], [0, 1, 2, 3]),
      ([0, 1, 900_000, 900_001], [0, 1, 2, 3]),
    ] as [([UInt32], [Int])])
  func row7_countsGapsInTheSequence(numbers: [UInt32], sequence: [Int]) {
    let stamps = stamps(numbers: numbers) { _, now in now }
    #expect(stamps.map(\.sequence) == sequence)
    #expect(stamps.map(\.missing).reduce(0, +) == sequence.last! - (numbers.count - 1))
  }

  @Test func aRestartedStreamCountsFromItsOwnStart() {
    var clock = FrameClock()
    _ = clock.stamp(number: 500, timestamp: nil, now: Self.start)
    clock.restart()
    let stamp = clock.stamp(number: 3, timestamp: nil, now: Self.start + Self.second)
    #expect(stamp.sequence == 1 && stamp.missing == 0 && stamp.time == 1)
  }
}
