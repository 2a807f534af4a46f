import Options
import Runtime
import Screen

struct ManualCommand: Command {
  var arguments = Arguments()

  static let name = "man"
  static let summary = "Prints the manual page of emenet, or of a command, for man(1)."
  static let operands = "[COMMAND]"
  static let options: [Option<Self>] = []
  static let isConfigurable = false

  func run() throws -> ExitCode {
    let manual = Manual(
      version: Version.current, commands: commands.map { $0.description }, keys: KeyBinding.manual)
    guard let name = arguments.operands.first else {
      try StandardOutput.write(manual.program)
      return .done
    }
    if arguments.operands.count > 1 {
      throw UsageError.unwantedOperand(arguments.operands[1], command: Self.name)
    }
    let command = try commands(named: [name], for: Self.name)[0]
    try StandardOutput.write(manual.page(of: command.description))
    return .done
  }
}
