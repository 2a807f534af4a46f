import Dispatch
import Glibc
import Reading
import Recording
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
      let type = try TerminalType()
      if type.isSubstituted {
        printError(
          "emenet: TERM: this system does not describe '\(type.name)'; going on as '\(type.used)'")
      }
      return try Screen(type, smoothing: smoothing)
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
        case .pause, .record, .seek: break
        }
      }
      screen.show(values.reading, status: status())
      state.wake.wait(orInput: STDIN_FILENO, timeoutMilliseconds: 100)
    }
    screen.close()
  }

  /// What is on the screen: the frame with the face that its bars show, and the screen itself.
  private func save(_ screen: Screen) {
    guard let reading = screen.reading else { return state.post("no picture to save yet") }
    do throws(OutputError) {
      let saved = try Snapshot.write(reading, lead: screen.focus, screen: screen.svg)
      state.post("saved \(saved.picture) and \(saved.screen)")
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
