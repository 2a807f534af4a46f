import Options
import Runtime

struct CompletionsCommand: Command {
  var arguments = Arguments()

  static let name = "completions"
  static let summary = "Prints a completion script for bash, zsh or fish."
  static let operands = "bash|zsh|fish"
  static let isConfigurable = false
  static let options: [Option<Self>] = []

  func run() throws -> ExitCode {
    guard let name = arguments.operands.first else {
      throw UsageError.missingOperand(command: Self.name, expected: "bash, zsh or fish")
    }
    guard let shell = Shell(rawValue: name) else {
      throw UsageError.missingOperand(
        command: Self.name, expected: "bash, zsh or fish, not '\(name)'")
    }
    try StandardOutput.write(shell.completions(for: commands.map { $0.description }))
    return .done
  }
}
