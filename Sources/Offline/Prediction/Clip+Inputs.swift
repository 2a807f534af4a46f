import Runtime

extension Clip {
  /// The clips of all three kinds of input. Each has a unique name that is valid as a file name.
  ///
  /// - Parameters:
  ///   - directory: contains a folder of crops for each video
  ///   - manifest: a file in the format of ``Manifest``
  ///   - videos: files, or folders of them
  ///   - isCropped: true if every frame of a video is an aligned crop
  package static func all(
    cropsIn directory: String?, manifest: String?, videos: [String], isCropped: Bool
  ) throws -> [Clip] {
    var clips: [Clip] = []
    if let directory { clips += try crops(in: directory, isCropped: isCropped) }
    if let manifest { clips += try Manifest(reading: manifest).clips }
    clips += try videos.flatMap { try Clip.videos(at: $0, isCropped: isCropped) }
    for clip in clips where !clip.name.isPathComponent {
      throw Failure(
        clip.name, "is not the name of a file, so its predictions would leave the output folder",
        do: "rename the clip", exitCode: .nothingDone)
    }
    var names: Set<String> = []
    for clip in clips where !names.insert(clip.name).inserted {
      throw Failure(
        clip.name, "two inputs have this name, their files would be the same",
        do: "rename one", exitCode: .usage)
    }
    return clips
  }

  /// A folder of videos is read as such.
  private static func crops(in directory: String, isCropped: Bool) throws -> [Clip] {
    let clips = try Clip.folders(in: directory)
    if clips.contains(where: { ($0.frameCount ?? 0) > 0 }) { return clips }
    if filesBelow(directory).contains(where: Clip.isVideo) {
      printError(
        "emenet: \(directory): holds videos, not folders of crops; they are taken as by --video")
      return try Clip.videos(at: directory, isCropped: isCropped)
    }
    guard !clips.isEmpty else {
      throw Failure(
        directory, "holds no folders of crops", do: "name a folder that holds one for each video",
        exitCode: .nothingDone)
    }
    return clips
  }
}
