import Capture
import Runtime

/// The markers of a run. They can be set on any thread; each goes to one of the frames that follow.
package final class Markers: Sendable {
  private struct Set: Sendable {
    var number: Int
    var text: String
    var monotonic: UInt64
    var utc: Double
  }

  private struct State {
    var count = 0
    /// Time of the last frame that asked.
    var lastTime = 0.0
    var waiting: [Set] = []
    var leftOut = 0
  }

  private let state = Locked(State())
  /// A program that sends without end must not fill the memory.
  private static let mostWaiting = 10_000
  /// Longest text, in characters; longer texts are truncated.
  package static let longestText = 500

  private let followsClock: Bool

  /// - Parameter followsClock: true if frames arrive at the rate at which they are shown, so that a
  ///   marker set between two frames gets a time between theirs
  package init(followsClock: Bool) {
    self.followsClock = followsClock
  }

  /// - Parameters:
  ///   - text: one line; control characters are removed
  ///   - monotonic: the present time by ``monotonicNanoseconds()``
  ///   - utc: the present time, s since 1970
  /// - Returns: its number; nil if too many markers are waiting for their frames
  @discardableResult
  package func set(
    _ text: String = "", monotonic: UInt64 = monotonicNanoseconds(), utc: Double = utcSeconds()
  ) -> Int? {
    let words = String(text.printable.prefix(Self.longestText))
    return state.withLock { state in
      guard state.waiting.count < Self.mostWaiting else {
        state.leftOut += 1
        return nil
      }
      state.count += 1
      state.waiting.append(Set(number: state.count, text: words, monotonic: monotonic, utc: utc))
      return state.count
    }
  }

  /// The oldest marker without a frame, with its time on the clock of `frame`.
  func next(for frame: Frame) -> Marker? {
    state.withLock { state in
      defer { state.lastTime = frame.time }
      guard !state.waiting.isEmpty else { return nil }
      let set = state.waiting.removeFirst()
      let behind = followsClock ? (Double(set.monotonic) - Double(frame.capturedAt)) * 1e-9 : 0
      // While a run is paused, the clock goes on but the frames do not.
      let time = max(state.lastTime, frame.time + behind)
      return Marker(number: set.number, text: set.text, time: time, utc: set.utc)
    }
  }

  /// Number of markers that no frame carries: too many were waiting, or they were set after the
  /// last frame.
  package var unplaced: Int { state.withLock { $0.waiting.count + $0.leftOut } }
}
