import Capture
import Glibc
import Inference
import Reading
import Runtime

/// Where a prediction's clips get their sound from.
package struct PredictionSound: Sendable {
  /// A sound file or a video, or a folder with one for each clip; nil for the videos' own tracks.
  package var path: String?
  /// Uses the reference's windows, for comparison with its predictions.
  package var takesReferenceWindows = false
  /// Path of the file that lists the position of each window.
  package var debug: String?
  package var force = false

  package init(
    path: String? = nil, takesReferenceWindows: Bool = false, debug: String? = nil,
    force: Bool = false
  ) {
    self.path = path
    self.takesReferenceWindows = takesReferenceWindows
    self.debug = debug
    self.force = force
  }

  /// The settings that predictions depend on.
  package var settings: [String] {
    [
      "sound: \(path ?? "of the video")",
      "windows: \(takesReferenceWindows ? "the reference's" : "centred on the frames")",
    ]
  }

  /// nil if the clip has no sound: `say` reports it, and the clip is predicted with silence.
  func cutter(
    of clip: Clip, framesPerSecond: Double, frames: Int?, say: (String) -> Void
  ) throws -> sending SoundCutter? {
    guard let path = file(of: clip) else {
      say("emenet: \(clip.name): no sound found, so silence is assumed; name a file with --audio")
      return nil
    }
    let sound: SoundFile
    do throws(MediaFileError) {
      sound = try SoundFile(path: path)
    } catch .noSound, .picturesOnly {
      say("emenet: \(clip.name): \(path) contains no sound, so silence is assumed")
      return nil
    }
    return SoundCutter(
      sound,
      takesReferenceWindows
        ? .reference(framesPerSecond: framesPerSecond, frames: frames) : .centered,
      // A video's track shares the clock of its pictures, even if a folder holds them.
      isSeparate: !sound.hasPictures)
  }

  /// nil unless requested.
  func openDebug() throws(OutputError) -> SoundDebug? {
    guard let debug else { return nil }
    return try SoundDebug(path: debug, force: force)
  }

  private func file(of clip: Clip) -> String? {
    if let path {
      guard let files = folderEntries(path) else { return path }
      for name in [clip.name, clip.videoName] {
        if let file = files.sorted().first(where: { $0.fileStem == name }) {
          return path + "/" + file
        }
      }
      return nil
    }
    guard case .video(let path, _) = clip.source else { return nil }
    return path
  }
}
