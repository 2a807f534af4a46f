import Foundation
import Runtime

/// A program installed on the system, run in the background.
public final class Tool {
  private let process = Process()
  private let folder: URL

  /// Path of an installed program; nil if it is missing. Debian keeps servers in /usr/sbin.
  public static func path(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return (folders.map(String.init) + ["/usr/sbin", "/usr/bin"]).map { "\($0)/\(name)" }.first {
      access($0, X_OK) == 0
    }
  }

  /// An unused port on loopback. Not one of those that the system gives to connections, nor one that
  /// another test was given: tests run side by side.
  public static func freePort() -> Int {
    while true {
      let port = UInt16.random(in: 15_000..<32_000)
      if given.withLock({ $0.insert(port).inserted }), isFree(port) { return Int(port) }
    }
  }

  private static let given = Locked<Set<UInt16>>([])

  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = port.bigEndian
    return withUnsafeBytes(of: &address) { bytes in
      bind(
        descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self),
        socklen_t(bytes.count)) == 0
    }
  }

  public init(_ path: String, _ arguments: [String]) throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("emenet-tool-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    // The program has its own.
    try? handle.close()
  }

  deinit {
    kill()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Sends SIGKILL and waits until the program has ended.
  public func kill() {
    guard process.endStatus == nil else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    process.waitForEnd()
  }

  /// The lines that it has printed so far; the last one may be incomplete.
  public var lines: [String] {
    ((try? String(contentsOf: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
  }

  /// Waits until `condition` holds for the lines; false after `seconds`.
  public func wait(seconds: Double = 10, until condition: ([String]) -> Bool) -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while !condition(lines) {
      guard Date() < deadline else { return false }
      usleep(10_000)
    }
    return true
  }

  private var log: URL { folder.appendingPathComponent("log") }
}
