import Reading
import Recording
import Runtime

/// What parts of a run have to say while it goes on, in words on its display.
///
/// Parts are made before there is a run to stop and a display to show a notice; what comes until
/// then is kept.
final class SessionEvents: Sendable {
  private struct State {
    var notice: (text: String, until: Double)?
    var stop: (@Sendable () -> Void)?
    var wantsStop = false
  }

  private let state = Locked(State())

  /// What a person should know just now, such as why a recording stopped.
  var notice: String? {
    state.withLock { $0.notice }.flatMap { $0.until > monotonicSeconds() ? $0.text : nil }
  }

  /// Shown for a few seconds on the status line.
  func post(_ text: String, seconds: Double = 6) {
    let until = monotonicSeconds() + seconds
    state.withLock { $0.notice = (text, until) }
  }

  /// Once a run can be stopped.
  func onStop(_ stop: @escaping @Sendable () -> Void) {
    let isDue = state.withLock { state in
      state.stop = stop
      return state.wantsStop
    }
    if isDue { stop() }
  }

  /// An output can take no more. A reader that went away wants no more: that ends the run.
  func failed(_ error: any Error, of path: String) {
    guard case OutputError.closedPipe = error else { return post(Failure(error).line) }
    let stop = state.withLock { state in
      state.wantsStop = true
      return state.stop
    }
    stop?()
  }

  var recorded: @Sendable (Recorder.Event) -> Void {
    { [self] event in
      switch event {
      case .failed(let error): post(Failure(error).line)
      case .saved(let path, let summary):
        let leftOut =
          summary.overflowed > 0 ? ", \(counted(summary.overflowed, "frame")) left out" : ""
        post("saved \(path), \(tenths(summary.seconds)) s" + leftOut)
      }
    }
  }
}
