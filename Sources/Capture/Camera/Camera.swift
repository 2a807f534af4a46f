import Imaging
import Runtime

/// A V4L2 camera or a network camera as a ``FrameSource``: its own POSIX thread, and a queue in
/// which the latest frame wins.
///
/// A stalled stream is restarted, and a failing device is reopened. A camera that is unplugged or
/// out of reach is awaited; see ``CameraMachine``.
public final class Camera: FrameSource {
  private let open: @Sendable (CameraLink) throws -> sending any CaptureSession
  /// CLOCK_MONOTONIC, ns
  private let now: @Sendable () -> UInt64
  private let link = CameraLink()
  private let stopSignal: Event
  private let thread = Locked<NamedThread?>(nil)

  public convenience init(_ options: CameraOptions) {
    let stopSignal = Event()
    self.init(options, system: V4L2System(stopSignal: stopSignal), stopSignal: stopSignal)
  }

  /// - Parameter system: ends its waits when `stopSignal` is raised
  convenience init(_ options: CameraOptions, system: any VideoSystem, stopSignal: Event) {
    self.init(stopSignal: stopSignal) {
      system.now()
    } open: {
      try CameraSession(options, system: system, link: $0)
    }
  }

  /// A network camera.
  ///
  /// - Parameter reconnectSeconds: how long to wait for a lost camera
  public convenience init(_ address: StreamAddress, reconnectSeconds: Double) {
    let stopSignal = Event()
    self.init(stopSignal: stopSignal) {
      monotonicNanoseconds()
    } open: {
      try StreamSession(
        address, reconnectSeconds: reconnectSeconds, stopSignal: stopSignal, link: $0)
    }
  }

  private init(
    stopSignal: Event, now: @escaping @Sendable () -> UInt64,
    open: @escaping @Sendable (CameraLink) throws -> sending any CaptureSession
  ) {
    self.stopSignal = stopSignal
    self.now = now
    self.open = open
  }

  deinit { stop() }

  public var format: SourceFormat {
    guard let format = link.progress.withLock({ $0.format }) else {
      preconditionFailure("a source has a format after start()")
    }
    return format
  }

  public var state: SourceState {
    let (state, since) = link.progress.withLock { ($0.state, $0.since) }
    let seconds = max(0, Double(now()) * 1e-9 - since)
    return switch state {
    case .closed: .closed
    case .opening: .opening
    case .streaming: .streaming
    case .stalled: .stalled(seconds: seconds)
    case .lost: .lost(seconds: seconds)
    case .ended: .ended
    }
  }

  public var counters: SourceCounters {
    let progress = link.progress.withLock { $0 }
    let counters = link.queue.counters
    return SourceCounters(
      delivered: counters.fetched, dropped: progress.missed + counters.replaced,
      damaged: progress.damaged, reconnects: progress.reconnects)
  }

  /// Throws ``CameraError``; does not wait for an absent camera.
  public func start() throws {
    let session = try open(link)
    let started = NamedThread("capture") { session.run() }
    thread.withLock { thread in
      precondition(thread == nil, "a source is started once")
      thread = started
    }
  }

  public func next() async throws -> Frame? {
    try await link.queue.next()
  }

  public func stop() {
    link.queue.cancel()
    stopSignal.raise()
    thread.withLock { $0.take() }?.join()
    link.progress.withLock { $0.state = .ended }
  }
}
