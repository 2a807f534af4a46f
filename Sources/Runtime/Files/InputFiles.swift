import Glibc

/// The files that a command reads. None of them may also be an output, even under another name.
package struct InputFiles {
  private struct Identity: Hashable {
    var device: UInt
    var inode: UInt
  }

  private let paths: [String]

  /// - Parameter paths: files, and folders with all that lies below them; missing ones are
  ///   ignored
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
    for path in paths {
      let files = filesBelow(path, throughLinks: true, levels: 4)
      read.formUnion((files.isEmpty ? [path] : files).compactMap(Self.identity))
    }
    if let hit = written.first(where: { read.contains($0.identity) }) {
      throw .isInput(path: hit.path)
    }
  }

  /// nil unless it is a regular file that exists.
  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard path != "-", stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    return Identity(device: UInt(status.st_dev), inode: UInt(status.st_ino))
  }
}
