import Glibc
import Inference
import Offline
import Runtime

/// Finds and reads the members of the ensemble.
struct CheckpointStore {
  var members: [Checkpoint]

  /// - Parameters:
  ///   - paths: files, or folders with one file per member; none stands for the trained ensemble
  ///     that comes with the program
  ///   - count: how many members to use, the first in order of their names; nil for all
  init(paths: [String], members count: Int?) throws {
    let paths = paths.isEmpty ? [try bundled("checkpoints")] : paths
    let files = try paths.flatMap { try Self.files(at: $0) }
    if let count, count > files.count {
      throw UsageError.badValue(
        option: "members", value: "\(count)",
        expected: "at most \(files.count), the members that are there")
    }
    members = try files.prefix(count ?? files.count).map { try Checkpoint.read($0) }
  }

  /// Faces in pictures are followed by landmarks. Where not every member was trained for that, those
  /// of a member that comes with the program, which is said; nil where they all were, and where the
  /// members are of two kinds and so are no ensemble.
  func landmarks() -> Checkpoint? {
    guard !members.allSatisfy(\.followsFaces), Set(members.map(\.kind)).count == 1,
      let folder = try? bundled("checkpoints"),
      let files = try? Self.files(at: folder),
      let own = files.lazy.compactMap({ try? Checkpoint.read($0) }).first(where: \.followsFaces)
    else { return nil }
    printError("emenet: landmarks: those of \(Clip.stem(own.path)), to follow faces with")
    return own
  }

  /// Carried where every member was trained for it.
  var temporal: Checkpoint.Temporal {
    members.allSatisfy { $0.temporal == .carry } ? .carry : .reset
  }

  private static func files(at path: String) throws(Failure) -> [String] {
    guard let entries = folderEntries(path) else { return [path] }
    let files = entries.filter(FileNature.isCheckpoint).sorted()
    guard !files.isEmpty else {
      throw Failure(
        path, "the folder holds no checkpoint",
        do: "name a .safetensors or .pth file with --checkpoint", exitCode: .badCheckpoint)
    }
    return files.map { path + "/" + $0 }
  }
}
