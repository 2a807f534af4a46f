import Options
import Runtime

/// One word after `emenet`.
protocol Command: CommandOptions {
  /// Throws what ends the command; ``Failure`` has the words and the exit code for it.
  func run() async throws -> ExitCode
}

/// Every command; the first is the default.
let commands: [any Command.Type] = [
  LiveOptions.self, ImageCommand.self, PredictCommand.self, TestsetCommand.self,
  EvaluateCommand.self, ReportCommand.self, DevicesCommand.self, CheckpointCommand.self,
  RepairCommand.self, BenchCommand.self, CompletionsCommand.self,
]
