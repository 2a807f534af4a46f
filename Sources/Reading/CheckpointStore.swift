import Inference
import Runtime

/// Finds and reads the members of the ensemble.
package struct CheckpointStore: Sendable {
  package var members: [Checkpoint]

  /// - Parameters:
  ///   - paths: files, or folders with one file per member; none means the trained ensemble that
  ///     comes with the program
  ///   - count: how many members to use, the first by name; nil for all
  package init(paths: [String], members count: Int?) throws {
    let paths = paths.isEmpty ? [try bundled("checkpoints")] : paths
    let files = try paths.flatMap { try Self.files(at: $0) }
    if let count, count > files.count {
      throw Failure(
        "--members", "'\(count)' is not at most \(files.count), the members that are there",
        exitCode: .usage)
    }
    members = try inParallel(Array(files.prefix(count ?? files.count))) { try Checkpoint.read($0) }
  }

  /// A bundled member whose landmarks track faces if some member was not trained to find them;
  /// stderr says so. nil if every member was trained for it, or if the members are of two kinds and
  /// so do not form an ensemble.
  package func landmarks() -> Checkpoint? {
    guard !members.allSatisfy(\.followsFaces), Set(members.map(\.kind)).count == 1,
      let folder = try? bundled("checkpoints"),
      let files = try? Self.files(at: folder),
      let own = files.lazy.compactMap({ try? Checkpoint.read($0) }).first(where: \.followsFaces)
    else { return nil }
    printError("emenet: landmarks: those of \(own.path.fileStem), to follow faces with")
    return own
  }

  /// `.carry` if every member supports it, otherwise `.reset`.
  package var temporal: Checkpoint.Temporal {
    members.allSatisfy { $0.temporal == .carry } ? .carry : .reset
  }

  private static func files(at path: String) throws(Failure) -> [String] {
    guard let entries = folderEntries(path) else { return [path] }
    let files = entries.filter(Self.isFile).sorted()
    guard !files.isEmpty else {
      throw Failure(
        path, "the folder holds no checkpoint",
        do: "name a .safetensors or .pth file with --checkpoint", exitCode: .badCheckpoint)
    }
    return files.map { path + "/" + $0 }
  }

  /// Judged by the name; the contents are checked when the file is read.
  package static func isFile(_ path: String) -> Bool {
    [".safetensors", ".pth", ".pt"].contains { path.hasSuffix($0) }
  }
}
