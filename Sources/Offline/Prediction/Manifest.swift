import Glibc
import Runtime

/// The list of clips of a test set: CSV with the columns `name,frames,folder`.
package struct Manifest {
  package static let header = "name,frames,folder"
  package var clips: [Clip]

  package init(clips: [Clip]) {
    self.clips = clips
  }

  package init(reading path: String) throws {
    let lines = try TextFile.lines(of: path)
    guard lines.first == Self.header else {
      throw Failure(
        path, "is not a manifest: its first line is not '\(Self.header)'",
        do: "make one with 'emenet testset'", exitCode: .nothingDone)
    }
    var names: Set<String> = []
    clips = try CSV.rows(of: lines.dropFirst()).enumerated().map { index, cells in
      guard cells.count == 3, let frames = Int(cells[1]), frames >= 0 else {
        throw Failure(
          "\(path): row \(index + 1)", "a name, a number of frames and a folder are expected",
          do: "make it again with 'emenet testset'", exitCode: .nothingDone)
      }
      guard frames <= Clip.maximumFrames else {
        throw Failure(
          "\(path): row \(index + 1)",
          "\(frames) frames, more than the \(Clip.maximumFrames) that a clip may have",
          do: "make it again with 'emenet testset'", exitCode: .nothingDone)
      }
      guard names.insert(cells[0]).inserted else {
        throw Failure(
          "\(path): row \(index + 1)", "'\(cells[0])' is the name of another clip too",
          do: "make it again with 'emenet testset'", exitCode: .nothingDone)
      }
      return Clip(name: cells[0], source: .folder(cells[2]), frameCount: frames)
    }
    guard !clips.isEmpty else {
      throw Failure(
        path, "names no clip", do: "make it with 'emenet testset'", exitCode: .nothingDone)
    }
  }

  package var text: String {
    ([Self.header]
      + clips.map { clip in
        guard case .folder(let folder) = clip.source else { return "" }
        return [clip.name, String(clip.frameCount ?? 0), folder].map(CSV.cell).joined(
          separator: ",")
      }).joined(separator: "\n") + "\n"
  }
}
