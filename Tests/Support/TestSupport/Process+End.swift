import Foundation

/// Foundation learns that a child has ended from a socket, which programs started at the same
/// moment inherit, so it may only notice when those have ended as well. The kernel knows at once.
extension Process {
  /// Exit code, or the number of the signal that ended it; nil while it is running.
  public var endStatus: Int32? { status(WNOHANG) }

  /// Waits for the end and returns the exit code, or the number of the signal.
  @discardableResult
  public func waitForEnd() -> Int32 { status(0)! }

  private func status(_ options: Int32) -> Int32? {
    var info = siginfo_t()
    while true {
      // Leaves reaping to Foundation.
      let result = waitid(P_PID, id_t(processIdentifier), &info, WEXITED | WNOWAIT | options)
      if result == 0 { break }
      if errno == EINTR { continue }
      // Already reaped.
      waitUntilExit()
      return terminationStatus
    }
    // si_signo is 0 if no process has ended; si_status follows si_pid and si_uid.
    return withUnsafeBytes(of: info) { bytes in
      bytes.load(as: Int32.self) == 0 ? nil : bytes.load(fromByteOffset: 24, as: Int32.self)
    }
  }
}
