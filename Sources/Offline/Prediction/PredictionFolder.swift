import Inference
import Reading
import Runtime

/// The folder of a prediction's files, with the settings that produced them.
package struct PredictionFolder: Sendable {
  package var path: String
  /// Replaces existing files.
  package var force: Bool

  package init(path: String, force: Bool) {
    self.path = path
    self.force = force
  }

  private var settingsFile: String { path + "/settings.txt" }

  /// Creates the folder, or checks that its files come from an earlier run with the same
  /// `settings`; otherwise the files of the two runs would not fit together.
  func prepare(for clips: [Clip], members: Int, settings: [String]) throws {
    try TextFile.makeFolder(path)
    if !force { try refuseForeignFiles(of: clips, members: members) }
    if !force, TextFile.exists(settingsFile), try TextFile.lines(of: settingsFile) != settings {
      throw Failure(
        path,
        "holds predictions of other checkpoints, another --state or --prior, or other sound",
        do: "choose another --output-dir, or --force to replace them", exitCode: .outputNotWritable)
    }
    removeRemains(of: clips, members: members)
    try TextFile.write(settings.joined(separator: "\n") + "\n", to: settingsFile, force: force)
  }

  /// Other processes may be writing other clips here, and the settings.
  private func removeRemains(of clips: [Clip], members: Int) {
    let files =
      [settingsFile]
      + clips.flatMap { PredictionFiles.paths(of: $0.name, members: members, in: path) }
    Replacement.removeRemains(of: files)
  }

  /// In a folder without settings, the files are not ours and are kept.
  private func refuseForeignFiles(of clips: [Clip], members: Int) throws {
    guard !TextFile.exists(settingsFile) else { return }
    for clip in clips {
      let files = PredictionFiles.paths(of: clip.name, members: members, in: path)
      if let path = files.first(where: TextFile.exists) { throw OutputError.exists(path: path) }
    }
  }

  /// The clips whose files are not complete; with `force`, all of them, since the run starts over.
  func todo(of clips: [Clip]) -> [Clip] {
    guard force else { return clips.filter { !PredictionFiles.isComplete($0.name, in: path) } }
    // The files of an earlier run must not look complete if this one is interrupted.
    for clip in clips { PredictionFiles.markIncomplete(clip.name, in: path) }
    return clips
  }
}
