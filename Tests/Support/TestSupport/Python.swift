import Foundation

/// The Python that tests compare with; they are skipped if it or its modules are missing.
/// `EMENET_PYTHON` names it; the default is `python3`.
public enum Python {
  public static let hasTorch = has("torch")
  public static let hasScikitLearn = has("sklearn, scipy")

  /// Returns what the script printed. `arguments` are its `sys.argv[1:]`.
  @discardableResult
  public static func run(_ script: String, _ arguments: [String] = []) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let python = ProcessInfo.processInfo.environment["EMENET_PYTHON"] ?? "python3"
    process.arguments = [python, "-c", script] + arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let words = errors.fileHandleForReading.readDataToEndOfFile()
    guard process.waitForEnd() == 0 else {
      throw Failed(errors: String(decoding: words.suffix(2000), as: UTF8.self))
    }
    return String(decoding: data, as: UTF8.self)
  }

  public struct Failed: Error {
    public var errors: String
  }

  /// The first interpreter that has `module`; nil if none has it. Debian's own modules are only
  /// available to /usr/bin/python3.
  public static func path(having module: String) -> String? {
    let named = ProcessInfo.processInfo.environment["EMENET_PYTHON"]
    return [named, "python3", "/usr/bin/python3"].compactMap(\.self).compactMap { name in
      name.contains("/") ? name : Tool.path(name)
    }.first { python in
      guard let tool = try? Tool(python, ["-c", "import \(module); print('found')"]) else {
        return false
      }
      return tool.wait(seconds: 20) { !$0.isEmpty } && tool.lines.last == "found"
    }
  }

  private static func has(_ modules: String) -> Bool { (try? run("import \(modules)")) != nil }
}
