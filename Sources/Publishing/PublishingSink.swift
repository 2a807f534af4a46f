import Reading
import Runtime

/// Sends each reading to one destination. It has a queue and a thread of its own, so that it holds up
/// nobody else.
package final class PublishingSink: ReadingSink {
  private struct State {
    var waiting: [Publication] = []
    /// Frames that newer ones pushed out of the queue.
    var overtaken = 0
    var isFinished = false
    var sent = 0
    /// Frames that nobody got: nothing was open, or the receiver was too far behind.
    var missed = 0
  }

  private let destination: Destination
  private let encode: @Sendable (FrameReading) -> [UInt8]
  private let state = Locked(State())
  private let wake = Event()
  private let ended = Event()

  /// Frames: two seconds at 30 a second.
  private static let capacity = 60
  /// How long `finish` waits for what is under way, s.
  private static let patience = 2.0

  /// Opens the destination on the sink's thread.
  ///
  /// - Parameters:
  ///   - encode: the JSON record of a reading, without a line feed
  ///   - say: told when the destination can no longer be reached, and when it can again; called on the
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

  /// Never blocks. The picture is let go at once: what waits in the queue is small.
  package func take(_ reading: FrameReading) {
    take(Publication(reading, record: destination.takesRecords ? encode(reading) : []))
  }

  /// Where the queue is full its oldest frame goes.
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

  /// Nothing waits for a receiver: what it cannot take is left out.
  package func room() async {}

  /// It never fails and is never behind for long; ``missed`` says what the destination lacks.
  package var report: SinkReport {
    var report = SinkReport(name: destination.url)
    report.done = state.withLock { $0.sent }
    return report
  }

  /// Frames that the destination did not get.
  package var missed: Int { state.withLock { $0.missed + $0.overtaken } }

  package func hurry() {
    state.withLock { state in
      state.overtaken += state.waiting.count
      state.waiting = []
    }
  }

  /// What is in the queue is still sent. A thread that hangs, such as in the look-up of a name, is
  /// abandoned after two seconds.
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
