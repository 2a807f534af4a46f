import Imaging
import Runtime

/// A V4L2 camera as a ``FrameSource``: four memory-mapped buffers, a POSIX thread of its own, and
/// the latest frame wins.
///
/// A stream that stalls is restarted, a device that fails is opened again, and one that is
/// unplugged is waited for and known again by its name and place; see ``CameraMachine``.
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

  /// `system` ends its waits at `stopSignal`.
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

  /// Throws ``CameraError``; does not wait for a camera that is not there.
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
