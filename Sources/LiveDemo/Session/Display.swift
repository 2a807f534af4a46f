import Dispatch
import Glibc

/// Shows a running session on a thread of its own: the screen, or a status line a second on stderr.
///
/// It takes the newest reading whenever it is ready, so a slow terminal never holds up the pipeline.
final class Display: Sendable {
  private let state: SessionState
  private let ended = DispatchSemaphore(value: 0)

  init(
    _ options: LiveOptions, state: SessionState, status: @escaping @Sendable () -> SessionStatus
  ) {
    self.state = state
    startThread { [self] in
      printLines(status)
      ended.signal()
    }
  }

  /// Ends the thread and gives the terminal back. May be called more than once.
  func finish() {
    state.update { $0.isFinished = true }
    ended.wait()
    ended.signal()
  }

  private func printLines(_ status: () -> SessionStatus) {
    var next = monotonicSeconds() + 1
    while !state.current.isFinished {
      state.wake.wait(orInput: nil, timeoutMilliseconds: 100)
      guard monotonicSeconds() >= next else { continue }
      next += 1
      printError(status().line(state.current.reading))
    }
  }
}
