import Glibc
import Reading
import Runtime

/// Handles signals from the start of a run.
final class SessionSignals: Sendable {
  private let control: RunControl
  private let requests = Locked(StopRequests())
  /// nil until everything is open.
  private let session = Locked<RunningSession?>(nil)

  init(_ control: RunControl) {
    self.control = control
    Signals.deliver { [self] in take($0) }
  }

  func attach(_ session: RunningSession) { self.session.withLock { $0 = session } }

  private func take(_ number: Int32) {
    let session = session.withLock { $0 }
    switch number {
    case SIGTSTP: if let session { session.display.suspend() } else { kill(getpid(), SIGSTOP) }
    case SIGCONT: session?.display.repaint()
    case SIGUSR1: session?.mark()
    default:
      switch requests.withLock({ $0.take(at: monotonicSeconds()) }) {
      case .stop: control.stop()
      case .repeated: break
      case .hurry: hurry(session)
      case .giveUp:
        CrashRescue.restore()
        _exit(ExitCode.nothingDone.rawValue)
      }
    }
  }

  /// Completes the outputs without waiting for a pipeline that may hang. Runs on its own thread, so
  /// that further signals can still be received.
  private func hurry(_ session: RunningSession?) {
    guard let session else { _exit(ExitCode.done.rawValue) }
    NamedThread("hurry") {
      for sink in session.sinks { sink.hurry() }
      let isComplete = session.shutDown().allSatisfy { $0.failure == nil && !$0.isAbandoned }
      CrashRescue.restore()
      _exit((isComplete ? ExitCode.done : .outputNotWritable).rawValue)
    }.detach()
  }
}
