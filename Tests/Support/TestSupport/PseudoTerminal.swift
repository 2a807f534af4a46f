import Foundation
import Glibc
import Runtime

/// The built program on a pseudo-terminal, as a user sees it.
package final class PseudoTerminal {
  private var master: Int32
  /// Kept open to query the modes that the program leaves.
  private let slave: Int32
  private let process = Process()
  package private(set) var output = Data()

  package init(
    _ arguments: [String], executable: String = Program.path, columns: UInt16 = 80,
    rows: UInt16 = 24,
    environment: [String: String?] = [:]
  ) throws {
    master = Glibc.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // TIOCSPTLCK and TIOCGPTN, which Swift does not import: unlock, and the number of the slave.
    var (lock, number): (Int32, Int32) = (0, 0)
    guard master >= 0, ioctl(master, 0x4004_5431, &lock) == 0,
      ioctl(master, 0x8004_5430, &number) == 0
    else { throw POSIXError(.ENXIO) }
    slave = Glibc.open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
    resize(columns, rows)
    let handle = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment
    for name in ["NO_COLOR", "COLORTERM", "LINES", "COLUMNS"] { variables[name] = nil }
    for (name, value) in environment { variables[name] = value }
    process.environment = variables
    (process.standardInput, process.standardOutput, process.standardError) =
      (handle, handle, handle)
    try process.run()
  }

  deinit {
    if process.endStatus == nil { kill(process.processIdentifier, SIGKILL) }
    hangUp()
    Glibc.close(slave)
  }

  /// Simulates closing the window or losing the line.
  package func hangUp() {
    if master >= 0 { Glibc.close(master) }
    master = -1
  }

  package func resize(_ columns: UInt16, _ rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  package func type(_ keys: String) { _ = write(master, keys, keys.utf8.count) }

  package func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Canonical input and echo, as a shell needs them.
  package var isRestored: Bool {
    var modes = termios()
    tcgetattr(slave, &modes)
    let cooked = tcflag_t(ICANON | ECHO | ISIG)
    return modes.c_lflag & cooked == cooked
  }

  package var isRunning: Bool { process.endStatus == nil }
  /// Suspended, not just about to be: a SIGCONT that arrives earlier is lost.
  package var isStopped: Bool {
    let path = "/proc/\(process.processIdentifier)/stat"
    let stat = try? String(contentsOfFile: path, encoding: .utf8)
    return stat?.split(separator: ")").last?.hasPrefix(" T") ?? false
  }
  package var text: String { String(decoding: output, as: UTF8.self) }

  package func forgetOutput() { output = Data() }

  /// Reads until `condition` holds; false if that takes too long or the program ends first.
  package func wait(seconds: Double = 60, until condition: (PseudoTerminal) -> Bool) -> Bool {
    let end = monotonicSeconds() + seconds
    while true {
      let wasRunning = isRunning
      readAll()
      if condition(self) { return true }
      if !wasRunning || monotonicSeconds() > end { return false }
      var input = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      _ = poll(&input, 1, 20)
    }
  }

  /// nil if it does not end in time.
  package func exitCode(seconds: Double = 60) -> Int32? {
    wait(seconds: seconds) { !$0.isRunning } ? process.endStatus : nil
  }

  private func readAll() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(master, &buffer, buffer.count)
      if count <= 0 { return }
      output.append(contentsOf: buffer[..<count])
    }
  }
}
