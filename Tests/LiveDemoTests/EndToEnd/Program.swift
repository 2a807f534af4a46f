import Foundation

/// The built program, run as a user runs it.
struct Program {
  struct Outcome {
    var exitCode: Int32
    var output: String
    var errors: String
  }

  /// `emenet` lies beside the test runner in the build folder.
  static let path = URL(fileURLWithPath: CommandLine.arguments[0])
    .deletingLastPathComponent().appendingPathComponent("emenet").path

  /// The repository, found from this file.
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let sample = repository.appendingPathComponent("samples/astronaut.mp4").path

  /// Runs to the end with an empty stdin.
  ///
  /// - Parameters:
  ///   - environment: added to the test's own
  ///   - addressSpace: bytes, beyond which an allocation fails and ends the program; not where a
  ///     sanitizer needs more
  static func run(
    _ arguments: [String], environment: [String: String] = [:], in folder: URL? = nil,
    addressSpace: Int? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    if let addressSpace, dlsym(nil, "__sanitizer_print_stack_trace") == nil {
      // OpenBLAS hangs where it cannot start its threads, each of which takes address space.
      let limited = """
        ulimit -v \(addressSpace >> 10)
        OPENBLAS_NUM_THREADS=1 exec timeout 60 "$0" "$@"
        """
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", limited, path] + arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    // Files, not pipes: a full pipe would stop the program while nobody reads it.
    return try withTemporaryFolder { logs in
      let outputs = try ["out", "err"].map { name in
        let file = logs.appendingPathComponent(name)
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        return (file, try FileHandle(forWritingTo: file))
      }
      process.standardOutput = outputs[0].1
      process.standardError = outputs[1].1
      try process.run()
      process.waitUntilExit()
      return Outcome(
        exitCode: process.terminationStatus,
        output: try String(contentsOf: outputs[0].0, encoding: .utf8),
        errors: try String(contentsOf: outputs[1].0, encoding: .utf8))
    }
  }
}

/// A folder that is removed when `body` ends.
func withTemporaryFolder<R>(_ body: (URL) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("emenet-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}
