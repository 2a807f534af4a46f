import Capture
import Glibc
import Offline
import Runtime

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
    // The manifest is good from any folder.
    let whole = realpath(directory, nil)
    defer { free(whole) }
    var clips = try Clip.folders(in: whole.map { String(cString: $0) } ?? directory)
    guard !clips.isEmpty else {
      throw Failure(
        directory, "holds no folders of crops", do: "name the folder that has one for each video",
        exitCode: .nothingDone)
    }
    let videos = videoFolders.flatMap { folder in
      (folderEntries(folder) ?? []).sorted().map { folder + "/" + $0 }
    }
    var counts: [String: Int] = [:]
    var isWhole = true
    for index in clips.indices where !videos.isEmpty {
      let name = clips[index].videoName
      do throws(Failure) {
        if counts[name] == nil { counts[name] = try await Self.frameCount(of: name, among: videos) }
        clips[index].frameCount = max(counts[name] ?? 0, clips[index].frameCount ?? 0)
      } catch {
        printError("emenet: \(error.reason); the last crop of \(clips[index].name) ends it")
        isWhole = false
      }
    }
    let text = Manifest(clips: clips).text
    if output == "-" {
      try StandardOutput.write(text)
    } else {
      try Replacement.write(Array(text.utf8), to: output, force: force)
    }
    return isWhole ? .done : .someInputsFailed
  }

  /// Of the video that is called so. Other files may be called so too, such as a `clip.json` beside
  /// `clip.mp4`: the first one that can be decoded counts.
  private static func frameCount(
    of name: String, among files: [String]
  ) async throws(Failure) -> Int {
    var failure = Failure(
      name, "it has no video", do: "add its folder with --video-dir", exitCode: .someInputsFailed)
    for file in files where file.fileStem == name {
      do {
        return try await Clip.frameCount(ofVideo: file)
      } catch {
        failure = Failure(error)
      }
    }
    throw failure
  }
}
