import Foundation

/// The Python that tests compare with; they skip where it or its modules are absent.
/// `EMENET_PYTHON` names it, `python3` stands in.
enum Python {
  static let hasTorch = has("torch")
  static let hasScikitLearn = has("sklearn, scipy")

  /// What the script printed. `arguments` are its `sys.argv[1:]`.
  @discardableResult
  static func run(_ script: String, _ arguments: [String] = []) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let python = ProcessInfo.processInfo.environment["EMENET_PYTHON"] ?? "python3"
    process.arguments = [python, "-c", script] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failed(status: process.terminationStatus) }
    return String(decoding: data, as: UTF8.self)
  }

  struct Failed: Error {
    var status: Int32
  }

  private static func has(_ modules: String) -> Bool { (try? run("import \(modules)")) != nil }
}
