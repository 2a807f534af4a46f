import Imaging
import Runtime

/// A V4L2 camera as a ``FrameSource``: four memory-mapped buffers, its own POSIX thread, and a
/// queue in which the latest frame wins.
///
/// A stalled stream is restarted, and a failing device is reopened. An unplugged camera is awaited
/// and recognized by its name and bus position; see ``CameraMachine``.
public final class Camera: FrameSource {
  private let options: CameraOptions
  private let system: any VideoSystem
  private let link = CameraLink()
  private let stopSignal: Event
  private let thread = Locked<NamedThread?>(nil)

  public convenience init(_ options: CameraOptions) {
    let stopSignal = Event()
    self.init(options, system: V4L2System(stopSignal: stopSignal), stopSignal: stopSignal)
  }

  /// - Parameter system: ends its waits when `stopSignal` is raised
  init(_ options: CameraOptions, system: any VideoSystem, stopSignal: Event) {
    self.options = options
    self.system = system
    self.stopSignal = stopSignal
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
    let seconds = max(0, Double(system.now()) * 1e-9 - since)
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
    let session = try CameraSession(options, system: system, link: link)
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
