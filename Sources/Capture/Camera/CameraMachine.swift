/// Decides what a camera's thread does next, from what happened and when; it does nothing itself.
///
///     closed -> opening -> streaming <-> stalled -> opening …
///                              |  ^           |
///                              v  |           v
///                              lost  ------> ended
///
/// Times are seconds on any clock that only goes forward.
struct CameraMachine {
  enum State: Equatable { case closed, opening, streaming, stalled, lost, ended }

  enum Event: Equatable {
    case start
    case opened
    case openFailed(CameraError)
    /// A good picture came.
    case picture
    /// A buffer came that holds no good picture.
    case damaged
    /// The time to capture is over and nothing came.
    case silence
    case restarted
    /// The stream failed.
    case failed
    /// The device is no longer there.
    case gone
    /// The time to wait is over.
    case waited
  }

  enum Step: Equatable {
    /// Closes the device where one is open, looks for the camera and opens it.
    case open
    case capture(until: Double)
    /// Stops and starts the stream.
    case restart
    /// Closes the device and sleeps.
    case wait(until: Double)
    case end(CameraError)
  }

  /// Without a frame for so long the stream is restarted, then the device opened again.
  static let stallSeconds = 2.0
  /// Damaged frames for so long, and the device is opened again.
  static let damageSeconds = 3.0
  /// Between two attempts to open it.
  static let retrySeconds = 0.5

  private(set) var state = State.closed
  /// The last sign of life: a picture, also a damaged one.
  private(set) var since = 0.0
  private let reconnectSeconds: Double
  /// For errors.
  private let device: String
  private var openedBefore = false
  private var openedAt = -Double.infinity
  private var damagedSince: Double?
  private var restarted = false
  private var reopened = false

  init(device: String, reconnectSeconds: Double) {
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
      return .capture(until: now + Self.stallSeconds)
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
      return .capture(until: now + Self.stallSeconds)
    case .damaged:
      state = .streaming
      since = now
      let start = damagedSince ?? now
      damagedSince = start
      return now - start >= Self.damageSeconds
        ? open() : .capture(until: now + Self.stallSeconds)
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
      return .capture(until: now + Self.stallSeconds)
    case .failed:
      // A stream that fails as soon as it has started is not restarted without end.
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

  /// Waits a little, or gives up when the time to reconnect is over.
  private mutating func retry(at now: Double) -> Step {
    let end = since + reconnectSeconds
    // A sleep ends a rounding error before its time; a millisecond is not worth another.
    if now >= end - 0.001 { return self.end(.lost(device: device, afterSeconds: now - since)) }
    return .wait(until: min(now + Self.retrySeconds, end))
  }

  private mutating func end(_ error: CameraError) -> Step {
    state = .ended
    return .end(error)
  }
}
