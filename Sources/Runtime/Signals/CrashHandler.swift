import Glibc

/// Puts the terminal back before a crash of our own ends the process.
package enum CrashHandler {
  /// `restore` runs inside the signal handler: it may call only what signal-safety(7) lists.
  package static func install(restoring restore: @escaping @convention(c) () -> Void) {
    restoreTerminal = restore
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        restoreTerminal?()
        // SA_RESETHAND put the default action back, so this ends the process as it should.
        raise(number)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
      sigaction(number, &action, nil)
    }
  }
}

/// Written once, before the handlers that read it are installed.
private nonisolated(unsafe) var restoreTerminal: (@convention(c) () -> Void)?
