import Inference
import Options
import Runtime

struct CheckpointCommand: Command {
  var arguments = Arguments()
  var force = false

  static let name = "checkpoint"
  static let summary = "Shows what a checkpoint holds, or converts .pth to .safetensors and back."
  static let operands = "show FILE… | convert FILE OUTPUT"
  static let options: [Option<Self>] = [.force(\.force)]

  func run() throws -> ExitCode {
    let files = Array(arguments.operands.dropFirst())
    switch arguments.operands.first {
    case "show" where !files.isEmpty:
      for file in files {
        try StandardOutput.write(Checkpoint.read(file).summary)
      }
    case "convert" where files.count == 2:
      try InputFiles([files[0]]).refuse(asOutputs: [files[1]])
      try OutputFile.validate(files[1], force: force)
      let format = try Self.format(of: files[1])
      try Replacement.write(
        Checkpoint.read(files[0]).serialized(as: format, for: files[1]), to: files[1], force: force)
    default:
      throw UsageError.missingOperand(
        command: Self.name, expected: "'show FILE…' or 'convert FILE OUTPUT'")
    }
    return .done
  }

  private static func format(of path: String) throws(UsageError) -> Checkpoint.Format {
    if path.hasSuffix(".safetensors") { return .safetensors }
    if path.hasSuffix(".pth") || path.hasSuffix(".pt") { return .torchZip }
    throw .missingOperand(
      command: Self.name,
      expected: "an OUTPUT in .safetensors, .pth or .pt, not '\(path)'")
  }
}
