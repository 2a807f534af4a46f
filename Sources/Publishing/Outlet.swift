import Dispatch
import Glibc
import Runtime

/// One destination with a queue and a thread of its own, so that it holds up nobody else.
final class Outlet: Sendable {
  private struct State {
    var waiting: [Publication] = []
    /// Frames that newer ones pushed out of the queue.
    var overtaken = 0
    var isFinished = false
    var report: PublishingReport?
  }

  private let destination: Destination
  private let state = Locked(State())
  private let wake = WakeEvent()
  private let ended = DispatchSemaphore(value: 0)

  /// Frames: two seconds at 30 a second.
  private static let capacity = 60
  /// How long `finish` waits for what is under way, s.
  private static let patience = 2.0

  /// - Parameter say: called on the outlet's thread
  init(
    _ destination: Destination,
    say: @escaping @Sendable (PublishingNotice) -> Void
  ) {
    self.destination = destination
    startThread { [self] in
      run(Courier(to: destination, by: destination.makeClient(), say: say))
      ended.signal()
    }
  }

  /// Never blocks: where the queue is full its oldest frame goes.
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
  /// abandoned after ``patience``.
  func finish() -> PublishingReport {
    state.withLock { $0.isFinished = true }
    wake.signal()
    _ = ended.wait(timeout: .now() + Self.patience)
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
