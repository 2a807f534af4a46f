import Glibc
import Runtime

/// Takes readings and does something of its own with them. It owns its queue and its thread.
package protocol ReadingSink: Sendable {
  /// Never blocks: a reading that does not fit the queue is dropped and counted.
  func take(_ reading: FrameReading)

  /// Waits until the next ``take(_:)`` will drop nothing, or until it is clear that this sink is
  /// stuck. A source whose frames can wait calls it before reading on.
  func room() async

  /// The state so far.
  var report: SinkReport { get }

  /// Drops whatever is queued but not yet begun, so that ``finish()`` has less to wait for.
  func hurry()

  /// Works off the queue and completes the output. The output is complete when this returns, unless
  /// it was abandoned at the deadline. Blocks; may be called from any thread, any number of times.
  @discardableResult
  func finish() -> SinkReport
}

/// What became of the readings that a sink took.
package struct SinkReport: Sendable {
  /// The file, address or device that the readings went to.
  package var name: String
  package var done = 0
  /// Readings dropped because the queue was full.
  package var leftOut = 0
  /// Why it stopped early.
  package var failure: (any Error)?
  /// True if the output was not completed within the deadline.
  package var isAbandoned = false

  package init(name: String) {
    self.name = name
  }
}

/// What a ``SinkThread`` does with each reading. Owned by one thread.
package protocol SinkWorker: AnyObject {
  /// Set-up that may take long and whose failure need not be known before the run begins.
  func open() throws
  func work(_ reading: FrameReading) throws
  /// Completes the output, even after a failure.
  func finish() throws
}

extension SinkWorker {
  package func open() throws {}
}

/// The queue and the thread of a sink.
package final class SinkThread: ReadingSink {
  private let queue: Queue<FrameReading>
  private let state: Locked<SinkReport>
  private let ended = Event()
  private let deadline: Double
  /// The clock of the thread's CPU time: a stuck thread uses none.
  private let clock = Locked<clockid_t?>(nil)
  /// Number of readings that had been fetched when the sink was last found stuck.
  private let stuckAt = Locked<Int?>(nil)

  /// How long a source waits for a sink that makes no progress, s.
  private static let patience = 3.0

  /// - Parameters:
  ///   - thread: its name, at most 15 bytes
  ///   - name: what is written, for reports
  ///   - capacity: readings that may wait
  ///   - deadline: seconds without any progress after which ``finish()`` gives up
  ///   - failed: called once, on the sink's thread, when the worker throws
  package init(
    _ thread: String, name: String, capacity: Int, deadline: Double,
    worker: sending any SinkWorker, failed: @escaping @Sendable (any Error) -> Void = { _ in }
  ) {
    self.deadline = deadline
    queue = Queue(.newestWins(capacity: capacity))
    state = Locked(SinkReport(name: name))
    let carrier = Carrier(worker)
    NamedThread(thread) { [self] in run(carrier.take(), failed) }.detach()
  }

  package func take(_ reading: FrameReading) {
    if queue.put(reading) == .replaced { state.withLock { $0.leftOut += 1 } }
  }

  package func room() async { await room(patience: Self.patience) }

  func room(patience: Double) async {
    let fetched = queue.counters.fetched
    // Nothing has moved since it was found stuck, so do not wait for it again.
    guard stuckAt.withLock({ $0 != fetched }) else { return }
    if await queue.room(within: patience) { return }
    let now = queue.counters.fetched
    if now == fetched { stuckAt.withLock { $0 = now } }
  }

  package var hasRoom: Bool { queue.hasRoom }
  package var isOpen: Bool { !queue.isClosed }

  package var report: SinkReport { state.withLock { $0 } }

  /// Accepts no more readings; those in the queue are still worked off. Does not wait.
  package func close() { queue.finish() }

  package func hurry() { queue.cancel() }

  @discardableResult
  package func finish() -> SinkReport {
    queue.finish()
    var last = (fetched: queue.counters.fetched, seconds: cpuSeconds())
    while !ended.wait(until: monotonicNanoseconds() + UInt64(deadline * 1e9)) {
      let now = (fetched: queue.counters.fetched, seconds: cpuSeconds())
      guard now.fetched != last.fetched || now.seconds - last.seconds > 0.01 * deadline else {
        state.withLock { $0.isAbandoned = true }
        break
      }
      last = now
    }
    return report
  }

  /// CPU time that the thread has used, s. A slow machine may work on one reading for longer than
  /// the deadline without being stuck.
  private func cpuSeconds() -> Double {
    var time = timespec()
    guard let clock = clock.withLock({ $0 }), clock_gettime(clock, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private func run(_ worker: any SinkWorker, _ failed: (any Error) -> Void) {
    var clock = clockid_t()
    if pthread_getcpuclockid(pthread_self(), &clock) == 0 { self.clock.withLock { $0 = clock } }
    do {
      try worker.open()
      while let reading = queue.waitForNext() {
        try worker.work(reading)
        state.withLock { $0.done += 1 }
      }
    } catch {
      fail(error, failed)
      queue.cancel()
    }
    do { try worker.finish() } catch { fail(error, failed) }
    ended.raise()
  }

  private func fail(_ error: any Error, _ failed: (any Error) -> Void) {
    let isFirst = state.withLock { state in
      defer { state.failure = state.failure ?? error }
      return state.failure == nil
    }
    if isFirst { failed(error) }
  }
}

/// `@unchecked Sendable`: carries a worker to its thread, which alone uses it from then on.
private final class Carrier: @unchecked Sendable {
  private var worker: (any SinkWorker)?

  init(_ worker: sending any SinkWorker) {
    self.worker = worker
  }

  func take() -> any SinkWorker { worker.take()! }
}
