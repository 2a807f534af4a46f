import Capture
import Glibc
import Offline
import Runtime

enum TestsetCommand: Command {
  static let description = CommandDescription(
    name: "testset",
    summary: "Builds the manifest of a test set from folders of crops and their videos.",
    options: [
      Option("data-dir", value: "DIR", "one folder of aligned crops per video"),
      Option("video-dir", value: "DIR", "the videos, which tell how many frames; may be repeated"),
      Option("output", short: "o", value: "FILE", "the manifest (default: testset.csv)"), .force,
    ])

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    guard let directory = arguments.string("data-dir") else {
      throw UsageError.missingOperand(command: description.name, expected: "--data-dir")
    }
    let output = arguments.string("output") ?? "testset.csv"
    try OutputFile.validate(output, force: arguments.has(Option.force.name))
    // The manifest is good from any folder.
    let whole = realpath(directory, nil)
    defer { free(whole) }
    var clips = try Clip.folders(in: whole.map { String(cString: $0) } ?? directory)
    guard !clips.isEmpty else {
      throw Failure(directory, "holds no folders of crops", exitCode: .nothingDone)
    }
    let videos = arguments.strings("video-dir").flatMap { folder in
      (folderEntries(folder) ?? []).map { folder + "/" + $0 }
    }
    var counts: [String: Int] = [:]
    var isWhole = true
    for index in clips.indices where !videos.isEmpty {
      guard let video = videos.first(where: { Clip.stem($0) == clips[index].videoName })
      else {
        printError("emenet: \(clips[index].name): has no video; its last crop ends it")
        isWhole = false
        continue
      }
      do {
        let count: Int
        if let known = counts[video] {
          count = known
        } else {
          count = try await Clip.frameCount(ofVideo: video)
        }
        counts[video] = count
        clips[index].frameCount = max(count, clips[index].frameCount ?? 0)
      } catch {
        let failure = Failure(error)
        printError(
          "emenet: \(failure.what): \(failure.why); the last crop of \(clips[index].name) ends it")
        isWhole = false
      }
    }
    try TextFile.write(Manifest(clips: clips).text, to: output)
    return isWhole ? .done : .someInputsFailed
  }
}
