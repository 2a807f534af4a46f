import Runtime

/// Turns a driver's timestamps and sequence numbers, whatever they do, into times that strictly
/// rise and numbers that count what was lost.
struct FrameClock {
  /// Older than this, or in the future, a timestamp is not believed, ns.
  private static let believableAge: UInt64 = 10_000_000_000

  private var first: UInt64?
  private var last: UInt64 = 0
  private var lastTimestamp: UInt64 = 0
  private var lastNumber: UInt32?
  /// The running number of the last frame; -1 before the first.
  private var sequence = -1

  struct Stamp: Equatable {
    var sequence: Int
    /// CLOCK_MONOTONIC, ns
    var capturedAt: UInt64
    /// s since the first frame
    var time: Double
    /// Frames lost just before this one.
    var missing: Int
  }

  /// The stream starts anew, and its numbers with it.
  mutating func restart() {
    lastNumber = nil
  }

  /// `now`: when the frame was fetched.
  mutating func stamp(number: UInt32, timestamp: UInt64?, now: UInt64) -> Stamp {
    var capturedAt = now
    if let timestamp, timestamp <= now, now - timestamp < Self.believableAge,
      timestamp > lastTimestamp
    {
      capturedAt = timestamp
      lastTimestamp = timestamp
    }
    // A microsecond on: what a record of the time can tell apart.
    if first != nil { capturedAt = max(capturedAt, last + 1000) }
    var missing = 0
    if let lastNumber {
      // Wraps as the driver's counter does. No camera loses more than 1000 frames a second.
      let gap = Int(number &- lastNumber &- 1)
      if gap <= Int((capturedAt - last) / 1_000_000) { missing = gap }
    }
    lastNumber = number
    sequence += 1 + missing
    let start = first ?? capturedAt
    first = start
    last = capturedAt
    return Stamp(
      sequence: sequence, capturedAt: capturedAt, time: Double(capturedAt - start) * 1e-9,
      missing: missing)
  }
}
