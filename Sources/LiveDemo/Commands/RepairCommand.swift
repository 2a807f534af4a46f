import Options
import Reading
import Recording
import Runtime

struct RepairCommand: Command {
  var arguments = Arguments()
  var output: String?
  var force = false

  static let name = "repair"
  static let summary = "Gives a recording that was cut off the index it needs to play."
  static let operands = "FILE"
  static let options: [Option<Self>] = [
    Option("output", .file, "write a new file in place of repairing the old one", \.output),
    .force(\.force),
  ]

  func run() throws -> ExitCode {
    guard let path = arguments.operands.first else {
      throw UsageError.missingOperand(command: Self.name, expected: "a video file")
    }
    if arguments.operands.count > 1 {
      throw UsageError.unwantedOperand(arguments.operands[1], command: Self.name)
    }
    let summary = try Repair.run(path, output: output, force: force)
    try StandardOutput.writeLine(
      "\(path): \(counted(summary.frames, "frame")), \(tenths(summary.seconds)) s")
    return .done
  }
}
