import CLinux
import Glibc
import Runtime

/// What ncurses writes to. ncurses writes at each movement of its cursor, hundreds of times for one
/// picture of the screen; this collects them and sends the whole in one write, so that a terminal at
/// the other end of a network gets few packets and shows no half of a picture.
///
/// ncurses keeps a descriptor for its output and for the terminal's modes alike. That one is pointed
/// at memory while a picture is drawn, and at the terminal at all other times.
final class TerminalOutput {
  /// For ncurses, which does not close it.
  let file: UnsafeMutablePointer<FILE>
  /// Terminals that know DEC mode 2026 show what is between these at once; others ignore them.
  var isSynchronized = false
  /// What the last screen took.
  private(set) var cost = Cost()

  struct Cost: Equatable, Sendable {
    var bytes = 0
    /// Until the terminal had accepted them, s.
    var seconds = 0.0
  }

  private let terminal: Int32
  /// ncurses' own
  private var descriptor: Int32 { fileno(file) }
  /// -1 without: everything then goes to the terminal directly.
  private let memory: Int32
  private var bytes: [UInt8] = []

  private static let (begin, end) = (Array("\u{1b}[?2026h".utf8), Array("\u{1b}[?2026l".utf8))

  /// nil without a descriptor to spare.
  init?() {
    terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    let descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    guard terminal >= 0, descriptor >= 0, let file = fdopen(descriptor, "w") else {
      if terminal >= 0 { Glibc.close(terminal) }
      if descriptor >= 0 { Glibc.close(descriptor) }
      return nil
    }
    self.file = file
    memory = memfd_create("screen", 1)  // MFD_CLOEXEC
  }

  deinit {
    fclose(file)
    Glibc.close(terminal)
    if memory >= 0 { Glibc.close(memory) }
  }

  /// Sends what ncurses writes in `body`.
  func collect(_ body: () -> Void) {
    guard memory >= 0, dup2(memory, descriptor) >= 0 else { return body() }
    body()
    dup2(terminal, descriptor)
    let count = Int(lseek(memory, 0, SEEK_CUR))
    guard count > 0 else { return }
    lseek(memory, 0, SEEK_SET)
    bytes.removeAll(keepingCapacity: true)
    if isSynchronized { bytes += Self.begin }
    let start = bytes.count
    bytes += repeatElement(0, count: count)
    let isRead = bytes.withUnsafeMutableBytes {
      read(memory, $0.baseAddress! + start, count) == count
    }
    lseek(memory, 0, SEEK_SET)
    guard isRead else { return }
    if isSynchronized { bytes += Self.end }
    let before = monotonicSeconds()
    send()
    cost = Cost(bytes: bytes.count, seconds: monotonicSeconds() - before)
  }

  /// Blocks until the terminal has taken all, or is gone.
  private func send() {
    bytes.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let count = write(terminal, bytes.baseAddress! + sent, bytes.count - sent)
        if count > 0 {
          sent += count
        } else if errno == EAGAIN {
          var output = pollfd(fd: terminal, events: Int16(POLLOUT), revents: 0)
          guard poll(&output, 1, -1) > 0 || errno == EINTR else { return }
        } else if errno != EINTR {
          return
        }
      }
    }
  }
}
