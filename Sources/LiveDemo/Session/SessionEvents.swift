import Glibc
import Reading
import Recording
import Runtime
import Words

/// Messages from parts of a running session, in words for its display.
final class SessionEvents: Sendable {
  private let control: RunControl
  private let shown = Locked<(text: String, until: Double)?>(nil)

  init(_ control: RunControl) {
    self.control = control
  }

  /// What the user should know now, such as why a recording stopped.
  var notice: String? {
    shown.withLock { $0 }.flatMap { $0.until > monotonicSeconds() ? $0.text : nil }
  }

  /// Shows `text` on the status line for a few seconds.
  func post(_ text: String, seconds: Double = 6) {
    let until = monotonicSeconds() + seconds
    shown.withLock { $0 = (text, until) }
  }

  /// Reports `line` once: on the screen for a few seconds, or otherwise on stderr.
  func say(_ line: String, hasScreen: Bool) {
    let isShown = hasScreen && isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
    if isShown { post(line) } else { printError(line) }
  }

  /// Called when an output accepts no more. If the program that read it has ended, the run ends.
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
