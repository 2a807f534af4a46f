import Capture
import Glibc
import Inference
import Runtime

/// A unit of prediction: a video, or the folder of its aligned crops.
package struct Clip: Equatable, Sendable {
  package enum Source: Equatable, Sendable {
    /// `00001.jpg`, `00002.jpg`, …, numbered like the video's frames; some may be missing.
    case folder(String)
    /// `isCropped`: true if every frame is already an aligned crop.
    case video(String, isCropped: Bool)
  }

  /// Name of the prediction files, as in "NAME.txt".
  package var name: String
  package var source: Source
  /// Number of lines that its files will have; nil if only the video can tell.
  package var frameCount: Int?

  /// The folders in `directory`, in order of their names.
  package static func folders(in directory: String) throws(Failure) -> [Clip] {
    guard let names = folderEntries(directory) else {
      throw Failure(
        directory, "is not a readable folder", do: "name a folder with --data-dir",
        exitCode: .nothingDone)
    }
    var clips: [Clip] = []
    for name in names.sorted() where !name.hasPrefix(".") {
      let path = directory + "/" + name
      guard let files = folderEntries(path) else { continue }
      let last = files.max { (number($0) ?? 0) < (number($1) ?? 0) }
      let count = last.flatMap(number) ?? 0
      guard count <= maximumFrames else {
        throw Failure(
          "\(path)/\(last!)", "is numbered beyond the \(maximumFrames) frames that a clip may have",
          do: "number the crops as the frames of their video", exitCode: .nothingDone)
      }
      clips.append(Clip(name: name, source: .folder(path), frameCount: count))
    }
    return clips
  }

  /// Nine hours at 30 frames a second: the highest count that a name or a table is trusted with.
  package static let maximumFrames = 1_000_000

  /// The videos that `path` names: the file itself, or those in the folder and its subfolders, in
  /// order of their names.
  package static func videos(at path: String, isCropped: Bool) throws(Failure) -> [Clip] {
    guard folderEntries(path) != nil else { return [Clip(video: path, isCropped: isCropped)] }
    let files = filesBelow(path).filter(isVideo)
    guard !files.isEmpty else {
      throw Failure(
        path, "there is no video in this folder", do: "name a video, or a folder of videos",
        exitCode: .nothingDone)
    }
    return files.map { Clip(video: $0, isCropped: isCropped) }
  }

  /// Judged by the name; `.MP4` counts too.
  package static func isVideo(_ path: String) -> Bool {
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    return [
      "avi", "mkv", "mp4", "m4v", "mov", "webm", "mpg", "mpeg", "ts", "mts", "m2ts", "wmv", "flv",
      "ogv", "3gp", "mxf", "nut",
    ].contains(ending)
  }

  package init(name: String, source: Source, frameCount: Int? = nil) {
    self.name = name
    self.source = source
    self.frameCount = frameCount
  }

  package init(video path: String, isCropped: Bool) {
    self.init(
      name: path == "-" ? "stdin" : path.fileStem, source: .video(path, isCropped: isCropped))
  }

  /// The path as the user gave it.
  package var path: String {
    switch source {
    case .folder(let path), .video(let path, _): path
    }
  }

  /// True if its frames are pictures with faces anywhere, not crops.
  package var hasFacesToFind: Bool {
    if case .video(_, isCropped: false) = source { return true }
    return false
  }

  /// Aff-Wild2 names the crops of a video's second person after the side they are on.
  package var videoName: String {
    for suffix in ["_left", "_right"] where name.hasSuffix(suffix) {
      return String(name.dropLast(suffix.count))
    }
    return name
  }

  /// Counts a video's frames by decoding every one, since the container's count may be wrong.
  /// Damaged frames count.
  package static func frameCount(ofVideo path: String) async throws -> Int {
    let file = VideoFile(path: path, pacing: .everyFrame)
    try file.start()
    defer { file.stop() }
    var count = 0
    while try await file.next() != nil { count += 1 }
    return count + file.lost
  }

  /// 12 for "00012.jpg"; nil for any other name.
  package static func number(_ file: String) -> Int? {
    guard [".jpg", ".jpeg", ".png"].contains(where: file.hasSuffix) else { return nil }
    let digits = file.fileStem
    guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    // More digits than fit are still a number, but too large.
    let number = Int(digits) ?? .max
    return number > 0 ? number : nil
  }
}
