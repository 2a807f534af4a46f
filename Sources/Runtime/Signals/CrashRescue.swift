import Glibc
import Synchronization

/// Gives the terminal back before a crash of our own ends the process.
///
/// The crash may hold malloc's lock, so that the handler may call only what signal-safety(7) lists:
/// all that it touches is memory that ``install()`` has set up and that is never freed.
package enum CrashRescue {
  /// Call once, at the start of the program.
  package static func install() {
    let memory = UnsafeMutablePointer<Memory>.allocate(capacity: 1)
    memory.initialize(to: Memory())
    rescue = memory
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        CrashRescue.restore()
        // SA_RESETHAND put the default action back, so this ends the process as it should.
        raise(number)
      }
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND)) | SA_NODEFER
      sigaction(number, &action, nil)
    }
  }

  /// Remembers the modes that the terminal has now.
  ///
  /// - Parameter sequence: what is written to stdout to undo what will be done to the terminal; at
  ///   most 64 bytes
  package static func arm(writing sequence: StaticString) {
    guard let rescue, !rescue.pointee.isArmed.load(ordering: .acquiring),
      tcgetattr(STDIN_FILENO, &rescue.pointee.modes) == 0
    else { return }
    rescue.pointee.sequence = sequence.utf8Start
    rescue.pointee.length = sequence.utf8CodeUnitCount
    rescue.pointee.isArmed.store(true, ordering: .releasing)
  }

  /// The terminal is as it was.
  package static func disarm() {
    rescue?.pointee.isArmed.store(false, ordering: .releasing)
  }

  /// Writes the sequence and puts the modes back, where ``arm(writing:)`` was called. Safe in a
  /// signal handler.
  package static func restore() {
    guard let rescue, rescue.pointee.isArmed.load(ordering: .acquiring) else { return }
    write(STDOUT_FILENO, rescue.pointee.sequence, rescue.pointee.length)
    tcsetattr(STDIN_FILENO, TCSANOW, &rescue.pointee.modes)
  }

  private struct Memory: ~Copyable {
    var modes = termios()
    /// A constant of the program.
    var sequence: UnsafePointer<UInt8>?
    var length = 0
    /// Says that the rest may be read.
    let isArmed = Atomic(false)
  }

  /// Written once, before the handlers that read it are installed. Its first value is a constant,
  /// so that reading it runs no initializer.
  private nonisolated(unsafe) static var rescue: UnsafeMutablePointer<Memory>?
}
