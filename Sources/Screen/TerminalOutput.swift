import CLinux
import Glibc
import Runtime

/// What ncurses writes to. ncurses writes at every movement of its cursor, hundreds of times for
/// one picture of the screen. This collects those bytes and sends them in one write, so a terminal
/// across a network gets few packets and never shows half a picture.
///
/// ncurses uses one descriptor for both its output and the terminal's modes. It points at memory
/// while a picture is drawn, and at the terminal at all other times.
final class TerminalOutput {
  /// For ncurses, which does not close it.
  let file: UnsafeMutablePointer<FILE>
  /// Terminals that know DEC mode 2026 show whatever is between these at once; others ignore them.
  var isSynchronized = false
  /// The cost of the last screen.
  private(set) var cost = Cost()

  struct Cost: Equatable, Sendable {
    var bytes = 0
    /// Time until the terminal had accepted them, s.
    var seconds = 0.0
  }

  private let terminal: OutputFile
  /// ncurses' own
  private var descriptor: Int32 { fileno(file) }
  /// -1 if there is none; then everything goes directly to the terminal.
  private let memory: Int32
  private var bytes: [UInt8] = []

  private static let (begin, end) = (Array("\u{1b}[?2026h".utf8), Array("\u{1b}[?2026l".utf8))

  /// nil if no descriptor is free.
  init?() {
    let descriptor = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
    guard descriptor >= 0, let terminal = try? OutputFile(path: "-", force: false),
      let file = fdopen(descriptor, "w")
    else {
      if descriptor >= 0 { Glibc.close(descriptor) }
      return nil
    }
    self.terminal = terminal
    self.file = file
    memory = memfd_create("screen", 1)  // MFD_CLOEXEC
  }

  deinit {
    fclose(file)
    if memory >= 0 { Glibc.close(memory) }
  }

  /// Sends what ncurses writes in `body`, followed by `tail`.
  func collect(tail: [UInt8] = [], _ body: () -> Void) {
    guard memory >= 0, dup2(memory, descriptor) >= 0 else { return body() }
    body()
    dup2(STDOUT_FILENO, descriptor)
    let count = Int(lseek(memory, 0, SEEK_CUR))
    guard count > 0 || !tail.isEmpty else { return }
    lseek(memory, 0, SEEK_SET)
    bytes.removeAll(keepingCapacity: true)
    if isSynchronized { bytes += Self.begin }
    let start = bytes.count
    bytes += repeatElement(0, count: count)
    let isRead = bytes.withUnsafeMutableBytes {
      count == 0 || read(memory, $0.baseAddress! + start, count) == count
    }
    lseek(memory, 0, SEEK_SET)
    guard isRead else { return }
    bytes += tail
    if isSynchronized { bytes += Self.end }
    let before = monotonicSeconds()
    // A terminal that is gone is found when keys are read.
    try? terminal.write(bytes)
    cost = Cost(bytes: bytes.count, seconds: monotonicSeconds() - before)
  }
}
