import Glibc

/// Delivers signals as values on a dedicated thread: the signal handler only writes the number to a
/// pipe.
///
/// `sigwait` would not work: libdispatch keeps a thread that does not block any signal.
package enum Signals {
  static let taken: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGUSR1]

  /// Also makes a closed pipe fail with EPIPE. Call once, before ncurses looks for existing
  /// handlers.
  ///
  /// - Parameter handler: called on that thread, one signal at a time, until the process ends
  package static func deliver(to handler: @escaping @Sendable (Int32) -> Void) {
    signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    let result = pipe(&ends)
    guard result == 0 else { Failure.exhausted("descriptors", errno, limit: "ulimit -n").end() }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    // A flood of signals must not block the thread that it interrupts.
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    signalPipe = ends[1]
    let reader = ends[0]
    for number in taken {
      // Under nohup, a hang-up must not end the run.
      if number == SIGHUP, isIgnored(number) { continue }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        write(signalPipe, &byte, 1)
        errno = saved
      }
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
    NamedThread("signals") {
      var byte: UInt8 = 0
      while true {
        let count = read(reader, &byte, 1)
        if count == 1 { handler(Int32(byte)) } else if errno != EINTR { return }
      }
    }.detach()
  }
}

private func isIgnored(_ number: Int32) -> Bool {
  var action = sigaction()
  sigaction(number, nil, &action)
  return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    == unsafeBitCast(SIG_IGN, to: Int.self)
}

/// Written once, before the handlers that use it are installed.
private nonisolated(unsafe) var signalPipe: Int32 = -1
