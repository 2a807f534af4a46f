import Runtime

/// Limits, pause and end of one run.
package final class RunControl: Sendable {
  private struct State {
    var isPaused = false
    var isStopped = false
    /// The run, if it waits for the end of a pause.
    var waiting: CheckedContinuation<Void, Never>?
    /// Actions that end whatever the run may be waiting for.
    var onStop: [@Sendable () -> Void] = []
  }

  private let frames: Int?
  private let seconds: Double?
  private let state = Locked(State())

  package init(frames: Int?, seconds: Double?) {
    self.frames = frames
    self.seconds = seconds
  }

  /// Returns false if `reading` is the last of the run.
  package func allows(_ reading: FrameReading) -> Bool {
    if let frames, reading.frame + 1 >= frames { return false }
    if let seconds, reading.time >= seconds { return false }
    return !isStopped
  }

  // MARK: Pause

  package var isPaused: Bool { state.withLock { $0.isPaused } }

  package func togglePause() {
    state.withLock { state in
      guard !state.isStopped else { return nil as CheckedContinuation<Void, Never>? }
      state.isPaused.toggle()
      return state.isPaused ? nil : state.waiting.take()
    }?.resume()
  }

  /// Returns once the run is not paused.
  package func untilResumed() async {
    await withCheckedContinuation { continuation in
      let isPaused = state.withLock { state in
        if state.isPaused { state.waiting = continuation }
        return state.isPaused
      }
      if !isPaused { continuation.resume() }
    }
  }

  // MARK: End

  package var isStopped: Bool { state.withLock { $0.isStopped } }

  /// Stops the run: no more frames. May be called from any thread, any number of times.
  package func stop() {
    let (waiting, actions) = state.withLock { state in
      (state.isStopped, state.isPaused) = (true, false)
      return (state.waiting.take(), state.onStop)
    }
    waiting?.resume()
    for action in actions { action() }
  }

  /// Calls `action` at the end of the run, which may be now.
  package func stopped(_ action: @escaping @Sendable () -> Void) {
    let isStopped = state.withLock { state in
      state.onStop.append(action)
      return state.isStopped
    }
    if isStopped { action() }
  }
}
