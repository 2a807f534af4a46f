import Imaging
import Runtime

/// Delays a camera's frames until the sound after them has arrived, so that sound windows can be
/// centred. Delivers the newest frame that has waited long enough; older ones are dropped and
/// counted.
package final class DelayedSource: FrameSource {
  private let source: any FrameSource
  private let delay: Double
  /// Frames from the source that are being delayed; holds more than any delay needs.
  private let waiting = Queue<Frame>(.newestWins(capacity: 240))
  private let dropped = Locked(0)
  private let sleeper = Locked<Task<Void, any Error>?>(nil)

  /// Time for sound to arrive, in s: it comes in periods of about 20 ms.
  private static let arrival = 0.03

  /// - Parameter delay: from the middle of a frame, in s
  package init(_ source: any FrameSource, delay: Double) {
    self.source = source
    self.delay = delay + Self.arrival
  }

  package var format: SourceFormat { source.format }
  package var state: SourceState { source.state }

  package var counters: SourceCounters {
    var counters = source.counters
    let dropped = dropped.withLock { $0 } + waiting.counters.replaced
    counters.dropped += dropped
    counters.delivered -= dropped
    return counters
  }

  package func start() throws {
    try source.start()
    Task { [source, waiting] in
      do {
        while let frame = try await source.next() { waiting.put(frame) }
        waiting.finish()
      } catch {
        waiting.finish(throwing: error)
      }
    }
  }

  package func next() async throws -> Frame? {
    guard var frame = try await waiting.next() else { return nil }
    try await sleep(until: due(frame))
    // Only the newest frame that has waited long enough is of interest.
    while let later = waiting.fetch(where: { [self] in due($0) <= monotonicSeconds() }) {
      dropped.withLock { $0 += 1 }
      frame = later
    }
    guard !waiting.isCancelled else { return nil }
    frame.dropped += dropped.withLock { $0 } + waiting.counters.replaced
    return frame
  }

  package func stop() {
    waiting.cancel()
    sleeper.withLock { $0 }?.cancel()
    source.stop()
  }

  private func due(_ frame: Frame) -> Double { frame.clockTime + frame.duration / 2 + delay }

  /// Sleeps until `time` or ``stop()``. Throws if the task is cancelled.
  private func sleep(until time: Double) async throws {
    let sleep = Task { try await Task.sleep(for: .seconds(max(0, time - monotonicSeconds()))) }
    sleeper.withLock { $0 = sleep }
    if waiting.isCancelled { sleep.cancel() }
    await withTaskCancellationHandler {
      _ = await sleep.result
    } onCancel: {
      sleep.cancel()
    }
    try Task.checkCancellation()
  }
}
