/// Maps the source's clock to times that start at 0 and never go back.
struct RecordingClock: Equatable, Sendable {
  private let interval: Double
  private var origin: Double?
  private var last = 0.0

  /// A larger step, in s, means that the source's clock was changed.
  static let longestGap = 600.0
  static let longestStepBack = 1.0

  /// - Parameter interval: usual seconds between frames
  init(interval: Double) {
    self.interval = interval
  }

  /// Seconds since the first frame; nil for a frame that is not later than the previous one.
  mutating func place(_ time: Double) -> Double? {
    guard let origin else {
      guard time.isFinite else { return nil }
      self.origin = time
      return 0
    }
    let elapsed = time - origin
    guard elapsed.isFinite else { return nil }
    if elapsed > last + Self.longestGap || elapsed < last - Self.longestStepBack {
      // The clock was changed, for example because a camera reconnected: continue one interval
      // after the last frame.
      last += interval
      self.origin = time - last
      return last
    }
    guard elapsed > last else { return nil }
    last = elapsed
    return elapsed
  }
}

/// Assigns frames to the slots of a constant frame rate.
struct RateGrid: Equatable, Sendable {
  let framesPerSecond: Double
  /// Slots filled so far.
  private(set) var count = 0

  /// How far a frame may be from its slot's time, in slots, before one is repeated or skipped. More
  /// than half a slot, so that jitter around the middle does not alternate between the two.
  static let tolerance = 0.75

  init(framesPerSecond: Double) {
    self.framesPerSecond = framesPerSecond
  }

  /// Takes a slot for a frame at `seconds` and returns how many slots before it repeat the frame
  /// before; nil if the frame's slot is taken already, so that it is skipped.
  mutating func take(_ seconds: Double) -> Int? {
    let ideal = seconds * framesPerSecond
    let ahead = ideal - Double(count)
    if abs(ahead) <= Self.tolerance || count == 0 {
      count += 1
      return 0
    }
    guard ahead > 0 else { return nil }
    let repeats = Int(ahead.rounded())
    count += repeats + 1
    return repeats
  }
}
