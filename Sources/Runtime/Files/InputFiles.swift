import Glibc

/// The files that a command reads. None of them may also be an output, even under another name.
package struct InputFiles {
  private struct Identity: Hashable {
    var device: UInt
    var inode: UInt
  }

  private let paths: [String]

  /// - Parameter paths: files, and directories with everything below them; missing ones are skipped
  package init(_ paths: [String]) {
    self.paths = paths
  }

  /// Throws ``OutputError/isInput(path:)`` for the first of `outputs` that is also read. Call
  /// before opening any output.
  package func refuse(asOutputs outputs: [String?]) throws(OutputError) {
    let written = outputs.compactMap(\.self).compactMap { path in
      Self.identity(path).map { (path: path, identity: $0) }
    }
    // Directories may hold a hundred thousand crops, so they are only searched if an output exists.
    guard !written.isEmpty else { return }
    var read: Set<Identity> = []
    for path in paths { Self.collect(path, depth: 0, into: &read) }
    if let hit = written.first(where: { read.contains($0.identity) }) {
      throw .isInput(path: hit.path)
    }
  }

  /// nil unless it is an existing regular file.
  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
  }

  private static func collect(_ path: String, depth: Int, into found: inout Set<Identity>) {
    if let identity = identity(path) {
      found.insert(identity)
    } else if depth < 4, let names = folderEntries(path) {
      for name in names { collect(path + "/" + name, depth: depth + 1, into: &found) }
    }
  }
}
