import Imaging

/// How far a person's eyes are closed.
public struct Eyes: Equatable, Sendable {
  /// The person's own left and right eye: 0 as open as usual, 1 closed
  public var left: Float
  public var right: Float
  /// Number of blinks since the face was first seen
  public var blinks: Int
  /// Blinks per minute over the last minute, or since the face was first seen
  public var blinksPerMinute: Float

  public init(left: Float, right: Float, blinks: Int, blinksPerMinute: Float) {
    self.left = left
    self.right = right
    self.blinks = blinks
    self.blinksPerMinute = blinksPerMinute
  }
}

/// Tracks the eyes of one face: learns how open they usually are, and counts blinks.
struct EyeWatch {
  /// Height over width of an open eye, until the person's own ratio is known
  private static let typical: Float = 0.3
  /// Seconds within which the person's own ratio takes over, and within which it may change
  private static let habit: Float = 4
  private static let closed: Float = 0.6
  private static let open: Float = 0.35
  /// Longest blink in seconds; anything longer counts as closed eyes
  private static let longestBlink = 0.5

  private var usual = Point(repeating: typical)
  private var started: Double?
  private var time: Double?
  private var closedSince: Double?
  private var blinkTimes: [Double] = []
  private var count = 0

  /// - Parameter isCertain: true if the landmarks are good enough to learn from and to count blinks
  ///   with
  mutating func update(_ landmarks: [Point], time now: Double, isCertain: Bool) -> Eyes {
    let opening = Point(Self.opening(landmarks, 42), Self.opening(landmarks, 36))
    let elapsed = Float(time.map { max(0, now - $0) } ?? 0)
    time = now
    let began = started ?? now
    started = began
    if isCertain {
      // Open eyes are the rule, so wider values count at once and narrower ones slowly.
      for side in 0..<2 {
        let way = opening[side] - usual[side]
        let share = min(1, elapsed / (way > 0 ? 0.3 : Self.habit * 4))
        if opening[side] > 0.5 * usual[side] { usual[side] += way * share }
        usual[side] = min(0.5, max(0.18, usual[side]))
      }
    }
    func closure(_ side: Int) -> Float { min(1, max(0, (1 - opening[side] / usual[side]) / 0.75)) }
    let eyes = (left: closure(0), right: closure(1))
    let both = min(eyes.left, eyes.right)
    if isCertain, both > Self.closed, closedSince == nil { closedSince = now }
    if both < Self.open, let since = closedSince {
      closedSince = nil
      if isCertain, now - since <= Self.longestBlink {
        count += 1
        blinkTimes.append(now)
      }
    }
    blinkTimes.removeAll { !(0...60).contains(now - $0) }
    let minutes = Float(min(60, max(now - began, 1)) / 60)
    return Eyes(
      left: eyes.left, right: eyes.right, blinks: count,
      blinksPerMinute: now - began < 10 ? 0 : Float(blinkTimes.count) / minutes)
  }

  /// Height over width of the eye whose six landmarks begin at `first`.
  private static func opening(_ landmarks: [Point], _ first: Int) -> Float {
    let heights =
      length(landmarks[first + 1] - landmarks[first + 5])
      + length(landmarks[first + 2] - landmarks[first + 4])
    return heights / max(2 * length(landmarks[first] - landmarks[first + 3]), 1e-6)
  }
}
