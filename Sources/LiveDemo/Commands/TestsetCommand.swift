import Offline
import Options
import Runtime
import Words

struct TestsetCommand: Command {
  var arguments = Arguments()
  var dataFolder: String?
  var videoFolders: [String] = []
  var output = "testset.csv"
  var force = false

  static let name = "testset"
  static let summary = "Builds the manifest of a test set from folders of crops and their videos."
  static let options: [Option<Self>] = [
    Option("data-dir", .folder, "one folder of aligned crops per video", \.dataFolder),
    Option(
      "video-dir", .folder, "the videos, which tell how many frames; may be repeated",
      \.videoFolders),
    Option("output", short: "o", .file, "the manifest; '-' is stdout", \.output),
    .force(\.force),
  ]

  func run() async throws -> ExitCode {
    guard let directory = dataFolder else {
      throw UsageError.missingOperand(command: Self.name, expected: "--data-dir")
    }
    try InputFiles([directory] + videoFolders).refuse(asOutputs: [output])
    try OutputFile.validate(output, force: force)
    let (manifest, isComplete) = try await Manifest.ofCrops(
      in: directory, videosIn: videoFolders
    ) { Failure($0) }
    let text = manifest.text
    if output == "-" {
      try StandardOutput.write(text)
    } else {
      try Replacement.write(Array(text.utf8), to: output, force: force)
    }
    return isComplete ? .done : .someInputsFailed
  }
}
