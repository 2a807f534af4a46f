import Runtime

/// What a command is called, takes and does, for the parser, the help and the completions.
struct CommandDescription: Sendable {
  var name: String
  var summary: String
  /// As in the usage line: "FILE…", empty where there are none.
  var operands = ""
  var options: [Option]
}

/// One word after `emenet`.
protocol Command: Sendable {
  static var description: CommandDescription { get }
  /// Throws what ends the command; ``Failure`` has the words and the exit code for it.
  static func run(_ arguments: Arguments) async throws -> ExitCode
}
