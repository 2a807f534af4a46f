import Dispatch
import Glibc
import Reading
import Runtime

/// Sends each reading to one destination. It has a queue and a thread of its own, so that it holds up
/// nobody else.
package final class PublishingSink: Sendable {
  private struct State {
    var waiting: [Publication] = []
    /// Frames that newer ones pushed out of the queue.
    var overtaken = 0
    var isFinished = false
    var report: PublishingReport?
  }

  private let destination: Destination
  private let encode: @Sendable (FrameReading) -> [UInt8]
  private let state = Locked(State())
  private let wake = WakeEvent()
  private let ended = DispatchSemaphore(value: 0)

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
  ) throws(Failure) {
    self.destination = destination
    self.encode = encode
    try startThread { [self] in
      run(Courier(to: destination, by: destination.makeClient(), say: say))
      ended.signal()
    }
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
    wake.signal()
  }

  /// What is in the queue is still sent. A thread that hangs, such as in the look-up of a name, is
  /// abandoned after two seconds. May be called more than once.
  @discardableResult
  package func finish() -> PublishingReport {
    state.withLock { $0.isFinished = true }
    wake.signal()
    if ended.wait(timeout: .now() + Self.patience) == .success { ended.signal() }
    return state.withLock { state in
      state.report
        ?? PublishingReport(destination, sent: 0, leftOut: state.waiting.count + state.overtaken)
    }
  }

  private func run(_ courier: consuming Courier) {
    while true {
      let waits = courier.attend(now: monotonicSeconds())
      let (batch, isFinished) = state.withLock { state in
        defer { if !waits { state.waiting = [] } }
        return (waits ? [] : state.waiting, state.isFinished)
      }
      for publication in batch { courier.send(publication) }
      guard !isFinished else { break }
      wake.wait(orInput: courier.descriptor, timeoutMilliseconds: waits ? 20 : 200)
    }
    courier.finish(leaving: state.withLock { $0.waiting.count })
    let (sent, leftOut) = (courier.sent, courier.leftOut)
    state.withLock {
      $0.report = PublishingReport(destination, sent: sent, leftOut: leftOut + $0.overtaken)
    }
  }
}

/// What one destination got in a run.
package struct PublishingReport: Equatable, Sendable {
  package var destination: Destination
  package var sent: Int
  /// Frames that it did not get: nobody was there, or it was too far behind.
  package var leftOut: Int

  init(_ destination: Destination, sent: Int, leftOut: Int) {
    self.destination = destination
    self.sent = sent
    self.leftOut = leftOut
  }
}
