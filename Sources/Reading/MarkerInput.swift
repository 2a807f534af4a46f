import Foundation
import Runtime

/// Sets a marker for each line that another program sends, either through a named pipe, which is
/// created if missing, or as UDP packets.
package final class MarkerInput: Sendable {
  /// The value of `--markers`.
  package enum Address: Equatable, Sendable {
    case pipe(path: String)
    case udp(host: String, port: Int)

    package static let forms = "a named pipe or udp://HOST:PORT"

    /// nil for any other URL. Without a host, it listens on this machine only.
    package init?(_ text: String) {
      guard text.contains("://") else {
        guard !text.isEmpty else { return nil }
        self = .pipe(path: text)
        return
      }
      guard let parts = URLComponents(string: text), parts.scheme?.lowercased() == "udp",
        let port = parts.port, (1...65535).contains(port), ["", "/"].contains(parts.path)
      else { return nil }
      let host = (parts.host ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
      self = .udp(host: host.isEmpty ? "127.0.0.1" : host, port: port)
    }

    package var text: String {
      switch self {
      case .pipe(let path): path
      case .udp(let host, let port):
        "udp://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)"
      }
    }
  }

  package enum Problem: Error, Equatable {
    /// Something other than a pipe has that name.
    case notAPipe(path: String)
    case refused(address: String, call: String, errno: Int32)
    case unknownHost(address: String, reason: String)
  }

  private let descriptor: Int32
  private let markers: Markers
  private let isStopped = Locked(false)
  private let wake = Event()
  private let ended = Event()
  /// A pipe that was created for this run, removed at its end.
  private let madePipe: String?

  package init(_ address: Address, into markers: Markers) throws(Problem) {
    self.markers = markers
    switch address {
    case .pipe(let path): (descriptor, madePipe) = try Self.openPipe(path)
    case .udp(let host, let port):
      descriptor = try Self.bind(host, port, address.text)
      madePipe = nil
    }
    let isPackets = if case .udp = address { true } else { false }
    NamedThread("markers") { [self] in
      read(isPackets)
      close(descriptor)
      if let madePipe { unlink(madePipe) }
      ended.raise()
    }.detach()
  }

  /// Returns once the pipe is removed. May be called from any thread, any number of times.
  package func stop() {
    isStopped.withLock { $0 = true }
    wake.raise()
    _ = ended.wait(until: monotonicNanoseconds() + 1_000_000_000)
    ended.raise()
  }

  private func read(_ isPackets: Bool) {
    var lines = LineSplitter()
    var bytes = [UInt8](repeating: 0, count: 65536)
    while !isStopped.withLock({ $0 }) {
      wake.wait(orInput: descriptor, milliseconds: 10_000)
      while case let count = Foundation.read(descriptor, &bytes, bytes.count), count > 0 {
        for line in lines.take(bytes[..<count], isWhole: isPackets) { markers.set(line) }
        // The end of the run also stops a program that never stops sending.
        if isStopped.withLock({ $0 }) { return }
      }
    }
  }

  // MARK: Opening

  private static func openPipe(_ path: String) throws(Problem) -> (Int32, made: String?) {
    let isMade = mkfifo(path, 0o600) == 0
    guard isMade || errno == EEXIST else {
      throw .refused(address: path, call: "mkfifo", errno: errno)
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else {
      throw .notAPipe(path: path)
    }
    // Opened for writing as well, so that it does not reach its end when a writer leaves.
    let descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .refused(address: path, call: "open", errno: errno) }
    return (descriptor, isMade ? path : nil)
  }

  private static func bind(_ host: String, _ port: Int, _ name: String) throws(Problem) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host == "*" ? nil : host, String(port), &hints, &list)
    guard code == 0, let first = list?.pointee else {
      throw .unknownHost(address: name, reason: String(cString: gai_strerror(code)))
    }
    defer { freeaddrinfo(list) }
    let descriptor = socket(
      first.ai_family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
      0)
    guard descriptor >= 0 else { throw .refused(address: name, call: "socket", errno: errno) }
    guard Foundation.bind(descriptor, first.ai_addr, first.ai_addrlen) == 0 else {
      let code = errno
      close(descriptor)
      throw .refused(address: name, call: "bind", errno: code)
    }
    return descriptor
  }
}

/// Splits bytes into lines.
struct LineSplitter {
  private var rest: [UInt8] = []
  /// Longer lines are split.
  static let longest = 4096

  /// - Parameter isWhole: true if the end of `bytes` also ends a line
  mutating func take(_ bytes: ArraySlice<UInt8>, isWhole: Bool) -> [String] {
    var lines: [String] = []
    for byte in bytes {
      if byte == UInt8(ascii: "\n") { end(&lines) } else { rest.append(byte) }
      if rest.count == Self.longest { end(&lines) }
    }
    if isWhole, !rest.isEmpty { end(&lines) }
    return lines
  }

  private mutating func end(_ lines: inout [String]) {
    if rest.last == 0x0D { rest.removeLast() }
    lines.append(String(decoding: rest, as: UTF8.self))
    rest.removeAll(keepingCapacity: true)
  }
}
