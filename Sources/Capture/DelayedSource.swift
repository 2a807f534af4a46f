import Imaging
import Runtime

/// A camera whose frames wait for the sound behind them, so that their windows can be centred. The
/// newest frame that has waited long enough is given; older ones are dropped and counted.
package final class DelayedSource: FrameSource {
  private struct Line {
    var frames: [Frame] = []
    var dropped = 0
    var ending: Result<Void, any Error>?
    var isStopped = false
  }

  private enum Turn {
    case frame(Frame?)
    case wait(seconds: Double)
  }

  private let source: any FrameSource
  private let delay: Double
  private let line = Locked(Line())

  /// Sound comes in periods of about 20 ms, s.
  private static let arrival = 0.03

  /// `delay`: from the middle of a frame, s.
  package init(_ source: any FrameSource, delay: Double) {
    self.source = source
    self.delay = delay + Self.arrival
  }

  package var format: SourceFormat { source.format }
  package var state: SourceState { source.state }

  package var counters: SourceCounters {
    var counters = source.counters
    let dropped = line.withLock { $0.dropped }
    counters.dropped += dropped
    counters.delivered -= dropped
    return counters
  }

  package func start() throws {
    try source.start()
    Task { [self] in
      do {
        while let frame = try await source.next() {
          line.withLock { line in
            dropOverdue(&line)
            line.frames.append(frame)
          }
        }
        line.withLock { $0.ending = .success(()) }
      } catch {
        line.withLock { $0.ending = .failure(error) }
      }
    }
  }

  package func next() async throws -> Frame? {
    while true {
      switch try line.withLock({ try turn(&$0) }) {
      case .frame(let frame): return frame
      case .wait(let seconds): try await Task.sleep(for: .seconds(seconds))
      }
    }
  }

  package func stop() {
    line.withLock { $0.isStopped = true }
    source.stop()
  }

  private func turn(_ line: inout Line) throws -> Turn {
    if line.isStopped { return .frame(nil) }
    dropOverdue(&line)
    guard let first = line.frames.first else {
      if let ending = line.ending {
        try ending.get()
        return .frame(nil)
      }
      return .wait(seconds: 0.005)
    }
    let wait = due(first) - monotonicSeconds()
    guard wait <= 0 else { return .wait(seconds: wait) }
    line.frames.removeFirst()
    var frame = first
    frame.dropped += line.dropped
    return .frame(frame)
  }

  private func due(_ frame: Frame) -> Double { frame.clockTime + frame.duration / 2 + delay }

  /// Of the frames that have waited long enough only the newest is of interest.
  private func dropOverdue(_ line: inout Line) {
    let now = monotonicSeconds()
    while line.frames.count > 1, due(line.frames[1]) <= now {
      line.frames.removeFirst()
      line.dropped += 1
    }
  }
}
