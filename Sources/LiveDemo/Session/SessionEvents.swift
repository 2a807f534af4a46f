import Glibc
import Reading
import Recording
import Runtime
import Words

/// What parts of a run have to say while it goes on, in words for its display.
final class SessionEvents: Sendable {
  private let control: RunControl
  private let shown = Locked<(text: String, until: Double)?>(nil)

  init(_ control: RunControl) {
    self.control = control
  }

  /// What a person should know just now, such as why a recording stopped.
  var notice: String? {
    shown.withLock { $0 }.flatMap { $0.until > monotonicSeconds() ? $0.text : nil }
  }

  /// Shown for a few seconds on the status line.
  func post(_ text: String, seconds: Double = 6) {
    let until = monotonicSeconds() + seconds
    shown.withLock { $0 = (text, until) }
  }

  /// Once: on the screen for a few seconds, otherwise a line on stderr.
  func say(_ line: String, hasScreen: Bool) {
    let isShown = hasScreen && isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
    if isShown { post(line) } else { printError(line) }
  }

  /// An output can take no more. A reader that went away wants no more: that ends the run.
  func failed(_ error: any Error, of path: String) {
    if case OutputError.closedPipe = error { control.stop() } else { post(Failure(error).line) }
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
