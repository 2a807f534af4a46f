import Runtime

/// One word after `emenet`.
protocol Command: Sendable {
  static var description: CommandDescription { get }
  /// Throws what ends the command; ``Failure`` has the words and the exit code for it.
  static func run(_ arguments: Arguments) async throws -> ExitCode
}

/// Every command, the one without a word first.
let commands: [any Command.Type] = [
  LiveCommand.self, ImageCommand.self, PredictCommand.self, TestsetCommand.self,
  EvaluateCommand.self, ReportCommand.self, DevicesCommand.self, CheckpointCommand.self, RepairCommand.self,
  BenchCommand.self, CompletionsCommand.self,
]
