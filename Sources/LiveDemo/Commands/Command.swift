import Options
import Runtime

/// A command: the word after `emenet`.
protocol Command: CommandOptions {
  /// False for commands that must work even if the configuration is broken.
  static var isConfigurable: Bool { get }
  /// Throws the error that ends the command; ``Failure`` has its message and exit code.
  func run() async throws -> ExitCode
}

extension Command {
  static var isConfigurable: Bool { true }
}

/// Every command; the first is the default.
let commands: [any Command.Type] = [
  LiveOptions.self, ImageCommand.self, PredictCommand.self, TestsetCommand.self,
  EvaluateCommand.self, ReportCommand.self, DevicesCommand.self, CheckpointCommand.self,
  RepairCommand.self, BenchCommand.self, ConfigCommand.self, ManualCommand.self,
  CompletionsCommand.self,
]
