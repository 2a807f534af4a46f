import Runtime

enum CompletionsCommand: Command {
  static let description = CommandDescription(
    name: "completions", summary: "Prints a completion script for bash, zsh or fish.",
    operands: "bash|zsh|fish", options: [])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let name = arguments.operands.first else {
      throw UsageError.missingOperand(command: description.name, expected: "bash, zsh or fish")
    }
    guard let shell = Shell(rawValue: name) else {
      throw UsageError.missingOperand(
        command: description.name, expected: "bash, zsh or fish, not '\(name)'")
    }
    try StandardOutput.write(shell.completions(for: commands.map { $0.description }))
    return .done
  }
}
