import Glibc
import Runtime
import Screen

@main
enum Main {
  static let version = "0.1.0"

  static let commands: [any Command.Type] = [
    LiveCommand.self, ImageCommand.self, PredictCommand.self, TestsetCommand.self,
    EvaluateCommand.self, DevicesCommand.self, CheckpointCommand.self, RepairCommand.self,
    BenchCommand.self, CompletionsCommand.self,
  ]

  static func main() async {
    occupyStandardDescriptors()
    // A file that may not grow any more is an error of write(2).
    signal(SIGXFSZ, SIG_IGN)
    CrashHandler.install(restoring: TerminalRescue.restore)
    exit(await run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  /// `words`: the command line without the program's name.
  static func run(_ words: [String]) async -> ExitCode {
    do {
      if words.contains("--version") {
        print("emenet \(version)")
        return .done
      }
      let (command, rest) = try selectCommand(words)
      if rest.contains("--help") || rest.contains("-h") {
        print(helpText(for: command.description))
        if command == LiveCommand.self { print(commandList(commands.map { $0.description })) }
        return .done
      }
      return try await command.run(Arguments(parsing: rest, of: command.description))
    } catch {
      let failure = Failure(error)
      printError(failure.line)
      return failure.exitCode
    }
  }

  /// The first word where it names a command; `live` where there is none.
  private static func selectCommand(
    _ words: [String]
  ) throws(UsageError) -> (any Command.Type, [String]) {
    guard let first = words.first, !first.hasPrefix("-") else { return (LiveCommand.self, words) }
    guard let command = commands.first(where: { $0.description.name == first }) else {
      throw .unknownCommand(
        first, nearest: nearest(to: first, among: commands.map { $0.description.name }))
    }
    return (command, Array(words.dropFirst()))
  }
}
