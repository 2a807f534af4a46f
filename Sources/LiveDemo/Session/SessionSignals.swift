import Glibc
import Reading
import Runtime

/// What the signals of a run do.
enum SessionSignals {
  static func take(_ session: RunningSession) {
    let requests = Locked(StopRequests())
    Signals.deliver { number in
      switch number {
      case SIGTSTP: session.display.suspend()
      case SIGCONT: session.display.repaint()
      default:
        switch requests.withLock({ $0.take(at: monotonicSeconds()) }) {
        case .stop: session.control.stop()
        case .repeated: break
        case .hurry: hurry(session)
        case .giveUp:
          CrashRescue.restore()
          _exit(ExitCode.nothingDone.rawValue)
        }
      }
    }
  }

  /// Completes the outputs without waiting for a pipeline that may hang. On a thread of its own: a
  /// further signal must be heard.
  private static func hurry(_ session: RunningSession) {
    NamedThread("hurry") {
      for sink in session.sinks { sink.hurry() }
      let isComplete = session.shutDown().allSatisfy { $0.failure == nil && !$0.isAbandoned }
      CrashRescue.restore()
      _exit((isComplete ? ExitCode.done : .outputNotWritable).rawValue)
    }.detach()
  }
}
