import Reading
import Recording
import Runtime

enum RepairCommand: Command {
  static let description = CommandDescription(
    name: "repair", summary: "Gives a recording that was cut off the index it needs to play.",
    operands: "FILE",
    options: [
      Option("output", value: "FILE", "write a new file in place of repairing the old one"), .force,
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let path = arguments.operands.first else {
      throw UsageError.missingOperand(command: description.name, expected: "a video file")
    }
    if arguments.operands.count > 1 {
      throw UsageError.unwantedOperand(arguments.operands[1], command: description.name)
    }
    let summary = try Repair.run(
      path, output: arguments.string("output"), force: arguments.has("force"))
    try StandardOutput.writeLine(
      "\(path): \(counted(summary.frames, "frame")), \(tenths(summary.seconds)) s")
    return .done
  }
}
