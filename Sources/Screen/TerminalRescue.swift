import Glibc

/// Puts the terminal back from a signal handler, with nothing but write(2) and tcsetattr(3).
package enum TerminalRescue {
  package static func remember() {
    isNeeded = tcgetattr(STDIN_FILENO, &savedModes) == 0
  }

  static func forget() { isNeeded = false }

  /// Leaves the alternate screen, shows the cursor, plain colours, the modes from before.
  package static let restore: @convention(c) () -> Void = {
    guard isNeeded else { return }
    write(STDOUT_FILENO, restoreSequence, restoreLength)
    tcsetattr(STDIN_FILENO, TCSANOW, &savedModes)
  }
}

// Written while no handler is installed yet, or by the thread that owns the terminal.
private nonisolated(unsafe) var savedModes = termios()
private nonisolated(unsafe) var isNeeded = false
private nonisolated(unsafe) let restoreSequence = strdup("\u{1b}[?1049l\u{1b}[?25h\u{1b}[0m\r\n")!
private let restoreLength = strlen(restoreSequence)
