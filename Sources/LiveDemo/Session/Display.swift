import Dispatch
import Glibc
import Reading
import Runtime
import Screen

/// Shows a running session on a thread of its own: the screen, or a status line a second on stderr.
///
/// It takes the newest reading whenever it is ready, so a slow terminal never holds up the pipeline.
final class Display: Sendable {
  private let state: SessionState
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - status: called on the display's thread
  ///   - perform: what a key asks for; called on the display's thread
  init(
    _ options: LiveOptions, state: SessionState, status: @escaping @Sendable () -> SessionStatus,
    perform: @escaping @Sendable (ScreenCommand) -> Void
  ) {
    self.state = state
    let wantsScreen = options.screen && isatty(STDOUT_FILENO) == 1 && isatty(STDIN_FILENO) == 1
    startThread { [self] in
      if wantsScreen, let screen = openScreen(smoothing: options.smoothing) {
        run(screen, status, perform)
      } else {
        printLines(status)
      }
      ended.signal()
    }
  }

  /// Ends the thread and gives the terminal back. May be called more than once.
  func finish() {
    state.update { $0.isFinished = true }
    ended.wait()
    ended.signal()
  }

  private func openScreen(smoothing: Double) -> Screen? {
    do {
      return try Screen(smoothing: smoothing)
    } catch {
      printError(Failure(error).line)
      return nil
    }
  }

  private func run(
    _ screen: Screen, _ status: () -> SessionStatus, _ perform: (ScreenCommand) -> Void
  ) {
    monitoring: while true {
      let values = state.takeRequests()
      if values.isFinished { break }
      if values.suspend {
        screen.suspend()
        stopProcess()
      }
      if values.suspend || values.repaint { screen.repaint() }
      for command in screen.commands() {
        perform(command)
        switch command {
        case .snapshot: save(screen)
        // The terminal is given back now, whatever the pipeline is still at.
        case .quit: break monitoring
        case .pause, .record, .rest: break
        }
      }
      screen.show(values.reading, status: status())
      state.wake.wait(orInput: STDIN_FILENO, timeoutMilliseconds: 100)
    }
    screen.close()
  }

  /// The screen as a picture, beside the snapshot of the frame.
  private func save(_ screen: Screen) {
    do throws(OutputError) {
      let file = try OutputFile(path: "emenet-\(timestamp()).svg", force: false)
      defer { file.close() }
      try file.write(Array(screen.svg.utf8))
    } catch {
      state.post(Failure(error).line)
    }
  }

  private func printLines(_ status: () -> SessionStatus) {
    var next = monotonicSeconds() + 1
    while true {
      let values = state.takeRequests()
      if values.isFinished { break }
      if values.suspend { stopProcess() }
      state.wake.wait(orInput: nil, timeoutMilliseconds: 100)
      guard monotonicSeconds() >= next else { continue }
      next = monotonicSeconds() + 1
      printError(status().line(values.reading))
    }
  }
}

/// Stops the process and returns when it goes on. Sent to this thread alone it stops here and now:
/// sent to the process it lets this thread run on for a while, enough to take the terminal again.
private func stopProcess() {
  raise(SIGSTOP)
}
