/// Decides what a camera's thread does next, based on events and their times. It has no side
/// effects.
///
///     closed -> opening -> streaming <-> stalled -> opening …
///                              |  ^           |
///                              v  |           v
///                              lost  ------> ended
///
/// Times are in s on any monotonic clock.
struct CameraMachine {
  enum State: Equatable { case closed, opening, streaming, stalled, lost, ended }

  enum Event: Equatable {
    case start
    case opened
    case openFailed(CameraError)
    /// A good picture arrived.
    case picture
    /// A buffer without a usable picture arrived.
    case damaged
    /// The time to capture ran out without a buffer.
    case silence
    case restarted
    /// The stream failed.
    case failed
    /// The device has disappeared.
    case gone
    /// The waiting time has passed.
    case waited
  }

  enum Step: Equatable {
    /// Closes the device if it is open, looks for the camera and opens it.
    case open
    case capture(until: Double)
    /// Stops and starts the stream.
    case restart
    /// Closes the device and sleeps.
    case wait(until: Double)
    case end(CameraError)
  }

  /// After this time without a frame, the stream is restarted; then the device is reopened.
  let stallSeconds: Double
  /// After this time with only damaged frames, the device is reopened.
  static let damageSeconds = 3.0
  /// Time between two attempts to open the device.
  static let retrySeconds = 0.5

  private(set) var state = State.closed
  /// Time of the last buffer, damaged ones included.
  private(set) var since = 0.0
  private let reconnectSeconds: Double
  /// Named in errors.
  private let device: String
  private var openedBefore = false
  private var openedAt = -Double.infinity
  private var damagedSince: Double?
  private var restarted = false
  private var reopened = false

  init(device: String, reconnectSeconds: Double, stallSeconds: Double = 2) {
    self.stallSeconds = stallSeconds
    self.device = device
    self.reconnectSeconds = reconnectSeconds
  }

  mutating func step(after event: Event, at now: Double) -> Step {
    switch event {
    case .start:
      state = .opening
      since = now
      return .open
    case .opened:
      if !openedBefore { since = now }
      openedBefore = true
      openedAt = now
      restarted = false
      damagedSince = nil
      if state != .stalled { state = .streaming }
      return .capture(until: now + stallSeconds)
    case .openFailed(let error):
      if !openedBefore { return end(error) }
      state = .lost
      return retry(at: now)
    case .picture:
      state = .streaming
      since = now
      damagedSince = nil
      restarted = false
      reopened = false
      return .capture(until: now + stallSeconds)
    case .damaged:
      state = .streaming
      since = now
      let start = damagedSince ?? now
      damagedSince = start
      return now - start >= Self.damageSeconds
        ? open() : .capture(until: now + stallSeconds)
    case .silence:
      state = .stalled
      if !restarted {
        restarted = true
        return .restart
      }
      if reopened { return retry(at: now) }
      reopened = true
      return .open
    case .restarted:
      return .capture(until: now + stallSeconds)
    case .failed:
      // Keeps a stream that fails right after its start from being restarted forever.
      if now - openedAt >= Self.retrySeconds { return open() }
      state = .lost
      return retry(at: now)
    case .gone:
      state = .lost
      return retry(at: now)
    case .waited:
      return .open
    }
  }

  private mutating func open() -> Step {
    state = .opening
    return .open
  }

  /// Waits before the next attempt, or gives up after the reconnect time.
  private mutating func retry(at now: Double) -> Step {
    let end = since + reconnectSeconds
    // A sleep may end a rounding error early; one millisecond is not worth another sleep.
    if now >= end - 0.001 { return self.end(.lost(device: device, afterSeconds: now - since)) }
    return .wait(until: min(now + Self.retrySeconds, end))
  }

  private mutating func end(_ error: CameraError) -> Step {
    state = .ended
    return .end(error)
  }
}
