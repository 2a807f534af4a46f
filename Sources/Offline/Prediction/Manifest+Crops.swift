import Glibc
import Runtime

extension Manifest {
  /// Lists the folders of crops in `directory`, with the lengths of the videos that they were cut
  /// from. A clip whose video cannot be counted ends with its last crop; stderr says so.
  ///
  /// - Parameters:
  ///   - folders: where the videos are; if empty, every clip ends with its last crop
  ///   - failure: turns an error into words
  package static func ofCrops(
    in directory: String, videosIn folders: [String], failure: (any Error) -> Failure
  ) async throws -> (manifest: Manifest, isComplete: Bool) {
    // Absolute paths, so that the manifest can be used from any folder.
    let absolute = realpath(directory, nil)
    defer { free(absolute) }
    var clips = try Clip.folders(in: absolute.map { String(cString: $0) } ?? directory)
    guard !clips.isEmpty else {
      throw Failure(
        directory, "holds no folders of crops", do: "name the folder that has one for each video",
        exitCode: .nothingDone)
    }
    let videos = folders.flatMap { folder in
      (folderEntries(folder) ?? []).sorted().map { folder + "/" + $0 }
    }
    var counts: [String: Int] = [:]
    var isComplete = true
    for index in clips.indices where !videos.isEmpty {
      let name = clips[index].videoName
      do throws(Failure) {
        if counts[name] == nil {
          counts[name] = try await frameCount(of: name, among: videos, failure)
        }
        clips[index].frameCount = max(counts[name] ?? 0, clips[index].frameCount ?? 0)
      } catch {
        printError("emenet: \(error.reason); the last crop of \(clips[index].name) ends it")
        isComplete = false
      }
    }
    return (Manifest(clips: clips), isComplete)
  }

  /// Other files may share the video's name, such as a `clip.json` next to `clip.mp4`. The first
  /// one that can be decoded is used.
  private static func frameCount(
    of name: String, among files: [String], _ inWords: (any Error) -> Failure
  ) async throws(Failure) -> Int {
    var failure = Failure(
      name, "it has no video", do: "add its folder with --video-dir", exitCode: .someInputsFailed)
    for file in files where file.fileStem == name {
      do {
        return try await Clip.frameCount(ofVideo: file)
      } catch {
        failure = inWords(error)
      }
    }
    throw failure
  }
}
