import Glibc

/// Signals as values, taken by one thread in `sigwait`: no code of ours runs in a handler.
enum Signals {
  static let taken: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT]

  /// Call before any thread starts: threads inherit the mask. A closed pipe becomes EPIPE.
  static func block() {
    var set = taken.sigset
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// `handler` runs on a thread of its own, one signal at a time, until the process ends.
  static func deliver(to handler: @escaping @Sendable (Int32) -> Void) {
    startThread {
      var set = taken.sigset
      var number: Int32 = 0
      while sigwait(&set, &number) == 0 { handler(number) }
    }
  }
}

extension [Int32] {
  fileprivate var sigset: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    forEach { sigaddset(&set, $0) }
    return set
  }
}
