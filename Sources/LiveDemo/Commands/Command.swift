import Options
import Runtime

/// One word after `emenet`.
protocol Command: CommandOptions {
  /// False for what must work beside a configuration that does not.
  static var isConfigurable: Bool { get }
  /// Throws what ends the command; ``Failure`` has the words and the exit code for it.
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
