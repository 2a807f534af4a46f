import Reading
import Runtime

/// Sends each reading to one destination. It has its own queue and thread, so it never blocks other
/// sinks.
package final class PublishingSink: ReadingSink {
  private struct State {
    var waiting: [Publication] = []
    /// Frames dropped from the queue to make room for newer ones.
    var overtaken = 0
    var isFinished = false
    var sent = 0
    /// Frames that nothing received: the client was not open, or the receiver was too far behind.
    var missed = 0
  }

  private let destination: Destination
  private let encode: @Sendable (FrameReading) -> [UInt8]
  private let state = Locked(State())
  private let wake = Event()
  private let ended = Event()

  /// Capacity of the queue in frames: two seconds at 30 fps.
  private static let capacity = 60
  /// How long `finish` waits for frames in transit, in s.
  private static let patience = 2.0

  /// Opens the destination on the sink's thread.
  ///
  /// - Parameters:
  ///   - say: called on the sink's thread when the destination becomes unreachable and when it is
  ///     reachable again
  ///     sink's thread
  package init(
    _ destination: Destination, encode: @escaping @Sendable (FrameReading) -> [UInt8] = { _ in [] },
    say: @escaping @Sendable (PublishingNotice) -> Void
  ) {
    self.destination = destination
    self.encode = encode
    NamedThread("publish") { [self] in
      run(Courier(to: destination, by: destination.makeClient(), say: say))
      ended.raise()
    }.detach()
  }

  /// Never blocks. Releases the image at once, so that queued frames stay small.
  package func take(_ reading: FrameReading) {
    take(Publication(reading, record: destination.takesRecords ? encode(reading) : []))
  }

  /// Drops the oldest frame if the queue is full.
  func take(_ publication: Publication) {
    state.withLock { state in
      if state.waiting.count >= Self.capacity {
        state.waiting.removeFirst()
        state.overtaken += 1
      }
      state.waiting.append(publication)
    }
    wake.raise()
  }

  /// Returns at once: the source never waits for a receiver; frames that it cannot take are
  /// dropped.
  package func room() async {}

  /// Never a failure, since the sink keeps retrying; see ``missed`` for frames that were not
  /// delivered.
  package var report: SinkReport {
    var report = SinkReport(name: destination.url)
    report.done = state.withLock { $0.sent }
    return report
  }

  /// Number of frames that were not delivered.
  package var missed: Int { state.withLock { $0.missed + $0.overtaken } }

  package func hurry() {
    state.withLock { state in
      state.overtaken += state.waiting.count
      state.waiting = []
    }
  }

  /// Sends what is in the queue. A thread that hangs, for example in a name look-up, is abandoned
  /// after two seconds.
  @discardableResult
  package func finish() -> SinkReport {
    state.withLock { $0.isFinished = true }
    wake.raise()
    if !ended.wait(until: monotonicNanoseconds() + UInt64(Self.patience * 1e9)) { hurry() }
    return report
  }

  private func run(_ courier: consuming Courier) {
    while true {
      let waits = courier.attend(now: monotonicSeconds())
      let (batch, isFinished) = state.withLock { state in
        defer { if !waits { state.waiting = [] } }
        return (waits ? [] : state.waiting, state.isFinished)
      }
      for publication in batch { courier.send(publication) }
      let (sent, missed) = (courier.sent, courier.leftOut)
      state.withLock { ($0.sent, $0.missed) = (sent, missed) }
      guard !isFinished else { break }
      wake.wait(orInput: courier.descriptor, milliseconds: waits ? 20 : 200)
    }
    hurry()
    courier.finish()
  }
}
