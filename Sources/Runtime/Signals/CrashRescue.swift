import Glibc
import Synchronization

/// Restores the terminal before a crash ends the process.
///
/// The crash may hold malloc's lock, so that the handler may call only what signal-safety(7) lists:
/// all that it touches is memory that ``install()`` has set up and that is never freed.
package enum CrashRescue {
  /// Call once, when the program starts.
  package static func install() {
    let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
    memory.initialize(to: Memory())
    rescue = memory
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        CrashRescue.restore()
        // SA_RESETHAND has restored the default action, so this ends the process as usual.
        raise(number)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
      sigaction(number, &action, nil)
    }
  }

  /// Saves the terminal's current modes.
  ///
  /// - Parameter sequence: written to stdout to undo the changes that follow; at most 64 bytes
  package static func arm(writing sequence: StaticString) {
    guard let rescue, !rescue.pointee.isArmed.load(ordering: .acquiring),
      tcgetattr(STDIN_FILENO, &rescue.pointee.modes) == 0
    else { return }
    rescue.pointee.sequence = sequence.utf8Start
    rescue.pointee.length = sequence.utf8CodeUnitCount
    rescue.pointee.isArmed.store(true, ordering: .releasing)
  }

  /// The terminal has been restored; nothing is left to do.
  package static func disarm() {
    rescue?.pointee.isArmed.store(false, ordering: .releasing)
  }

  /// Writes the sequence and restores the modes if ``arm(writing:)`` was called. Safe in a signal
  /// handler.
  package static func restore() {
    guard let rescue, rescue.pointee.isArmed.load(ordering: .acquiring) else { return }
    write(STDOUT_FILENO, rescue.pointee.sequence, rescue.pointee.length)
    tcsetattr(STDIN_FILENO, TCSANOW, &rescue.pointee.modes)
  }

  private struct Memory: ~Copyable {
    var modes = termios()
    /// Points to a constant of the program.
    var sequence: UnsafePointer<UInt8>?
    var length = 0
    /// Set while the other members may be read.
    let isArmed = Atomic(false)
  }

  /// Written once, before the handlers that read it are installed. Initialized with a constant, so
  /// that reading it runs no initializer.
  private nonisolated(unsafe) static var rescue: UnsafeMutablePointer<Memory>?
}
