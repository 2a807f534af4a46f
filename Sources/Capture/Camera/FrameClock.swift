import Runtime

/// Turns a driver's timestamps and sequence numbers, however faulty, into strictly increasing times
/// and numbers that account for lost frames.
struct FrameClock {
  /// Timestamps older than this, in ns, or in the future are ignored.
  private static let believableAge: UInt64 = 10_000_000_000

  private var first: UInt64?
  private var last: UInt64 = 0
  private var lastTimestamp: UInt64 = 0
  private var lastNumber: UInt32?
  /// Sequence number of the last frame; -1 before the first.
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

  /// The stream restarts, and the driver's numbers with it.
  mutating func restart() {
    lastNumber = nil
  }

  /// - Parameter now: when the frame was fetched
  mutating func stamp(number: UInt32, timestamp: UInt64?, now: UInt64) -> Stamp {
    var capturedAt = now
    if let timestamp, timestamp <= now, now - timestamp < Self.believableAge,
      timestamp > lastTimestamp
    {
      capturedAt = timestamp
      lastTimestamp = timestamp
    }
    // At least a microsecond later, the resolution of times in records.
    if first != nil { capturedAt = max(capturedAt, last + 1000) }
    var missing = 0
    if let lastNumber {
      // Wraps like the driver's counter. No camera loses more than 1000 frames per second.
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
