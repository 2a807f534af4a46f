import Foundation

/// The built program, run as a user runs it.
package final class Program {
  package struct Outcome {
    package var exitCode: Int32
    package var output: String
    package var errors: String
  }

  /// `emenet` is next to the test runner in the build folder.
  package static let path = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("emenet").path

  /// The repository, located from this file.
  package static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  package static let sample = repository.appendingPathComponent("samples/astronaut.mp4").path

  /// Runs to the end with an empty stdin.
  ///
  /// - Parameters:
  ///   - environment: added to the test's own
  ///   - addressSpace: in bytes; a larger allocation fails and ends the program. Not applied if a
  ///     sanitizer needs more
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil,
    addressSpace: Int? = nil
  ) throws -> Outcome {
    guard let addressSpace, !Sanitizer.isOn else {
      return try Program(arguments, environment: environment, in: folder).finish()
    }
    // OpenBLAS hangs if it cannot start its threads, each of which takes address space.
    let limited = """
      ulimit -v \(addressSpace >> 10)
      OPENBLAS_NUM_THREADS=1 exec timeout 60 "$0" "$@"
      """
    return try Program(
      ["-c", limited, path] + arguments, executable: "/bin/sh", environment: environment,
      in: folder
    ).finish()
  }

  /// Runs a line of bash, in which `"$0"` is the program and `"$@"` the arguments.
  package static func run(bash line: String, _ arguments: [String]) throws -> Outcome {
    try Program(["-c", line, path] + arguments, executable: "/bin/bash").finish()
  }

  private let process = Process()
  private let logs = ScratchFolder()

  package init(
    _ arguments: [String], executable: String = path, environment: [String: String] = [:],
    in folder: URL? = nil
  ) throws {
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    // Whoever runs the tests may have a configuration of their own.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["XDG_CONFIG_HOME": "/proc/none"]) { $1 }.merging(environment) { $1 }
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    // Files rather than pipes: a full pipe that is not being read would block the program.
    func log(_ name: String) throws -> FileHandle {
      _ = FileManager.default.createFile(atPath: logs.file(name), contents: nil)
      return try FileHandle(forWritingTo: URL(fileURLWithPath: logs.file(name)))
    }
    let (output, errors) = (try log("out"), try log("err"))
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // The program has its own. Foundation keeps these, and libmosquitto serves no descriptor over 1023.
    for handle in [output, errors] { try? handle.close() }
  }

  package var identifier: Int32 { process.processIdentifier }
  package var isRunning: Bool { process.endStatus == nil }

  package func send(_ signal: Int32) { kill(identifier, signal) }

  /// Waits until `file` has at least that many bytes; false if the program ends earlier or takes
  /// too long.
  package func wait(for file: String, bytes: Int) -> Bool {
    for _ in 0..<1200 {
      var status = stat()
      if stat(file, &status) == 0, status.st_size >= bytes { return true }
      if !isRunning { return false }
      usleep(50_000)
    }
    return false
  }

  /// Waits for the end. If a signal ended the program, the exit code is the signal's number.
  package func finish() throws -> Outcome {
    let code = process.waitForEnd()
    func log(_ name: String) throws -> String {
      try String(contentsOfFile: logs.file(name), encoding: .utf8)
    }
    let errors = try log("err")
    if errors.contains("Sanitizer: ") { FileHandle.standardError.write(Data(errors.utf8)) }
    return Outcome(exitCode: code, output: try log("out"), errors: errors)
  }
}

/// A folder that is removed when `body` ends.
package func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("emenet-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
