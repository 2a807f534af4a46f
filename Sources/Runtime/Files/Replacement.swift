import Glibc

/// A file that appears completely or not at all: it is written next to its destination and moved
/// there by ``commit()``.
///
/// A symbolic link is kept and its target replaced. Devices and pipes are written directly. An
/// existing file is kept unless `force`; the new one takes over its mode and, if permitted, its
/// owner.
package final class Replacement {
  /// Where to write until ``commit()``.
  package let file: OutputFile
  /// The path as given, for errors.
  private let path: String
  private let target: String
  private let force: Bool
  private var isPending: Bool

  package init(of path: String, force: Bool) throws(OutputError) {
    self.path = path
    self.force = force
    target = path == "-" ? path : Self.followingLinks(path)
    let kind = path == "-" ? .other : FileKind(target)
    switch kind {
    case .directory: throw .isDirectory(path: path)
    case .other:
      file = try OutputFile(path: target, force: force)
      isPending = false
      return
    case .regular where !force: throw .exists(path: path)
    case .regular, .absent: break
    }
    file = try Self.neighbour(of: target)
    isPending = true
    var status = stat()
    if stat(target, &status) == 0 {
      _ = fchown(file.descriptor, status.st_uid, status.st_gid)
      fchmod(file.descriptor, status.st_mode & 0o7777)
    }
  }

  deinit { abandon() }

  /// Moves the file to its destination.
  package func commit() throws(OutputError) {
    guard isPending else { return }
    // link(2) does not replace a file created in the meantime; not every file system supports it.
    if !force, link(file.path, target) != 0 {
      let code = errno
      if code == EEXIST { throw .exists(path: path) }
      guard rename(file.path, target) == 0 else { throw .failed(path: path, code: errno) }
    } else if force, rename(file.path, target) != 0 {
      throw .failed(path: path, code: errno)
    }
    isPending = false
    unlink(file.path)
    file.close()
  }

  /// Discards the new file and leaves the destination unchanged.
  package func abandon() {
    guard isPending else { return }
    isPending = false
    unlink(file.path)
    file.close()
  }

  /// Writes all of `bytes` or nothing.
  package static func write(
    _ bytes: [UInt8], to path: String, force: Bool
  ) throws(OutputError) {
    let replacement = try Replacement(of: path, force: force)
    try replacement.file.write(bytes)
    try replacement.commit()
  }

  /// Removes the hidden files that were to become `paths` when their writers were killed. Files that
  /// are being written stay: they are locked.
  package static func removeRemains(of paths: [String]) {
    for (folder, paths) in Dictionary(grouping: paths, by: OutputFile.directory(of:)) {
      let names = Set(paths.map(neighbourName))
      for entry in folderEntries(folder) ?? [] where entry.hasPrefix(".") {
        guard let dot = entry.lastIndex(of: "."), names.contains(String(entry[..<dot])),
          entry[dot...].utf8.count == 1 + suffixLength
        else { continue }
        let path = folder + "/" + entry
        let descriptor = retrying { open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC) }
        guard descriptor >= 0 else { continue }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(path) }
        close(descriptor)
      }
    }
  }

  /// Digits of a random number in base 36.
  private static let suffixLength = 13

  /// The name without its unique end, within the 255 bytes of most file systems.
  private static func neighbourName(of target: String) -> String {
    "."
      + String(
        decoding: target.utf8.split(separator: UInt8(ascii: "/")).last!.prefix(200), as: UTF8.self)
  }

  /// Creates a new hidden file with a unique name in the same directory.
  private static func neighbour(of target: String) throws(OutputError) -> OutputFile {
    let folder = OutputFile.directory(of: target)
    let name = neighbourName(of: target)
    var attempts = 0
    while true {
      attempts += 1
      let digits = String(UInt64.random(in: 0...(.max)), radix: 36)
      let suffix = String(repeating: "0", count: suffixLength - digits.utf8.count) + digits
      do {
        return try OutputFile(path: "\(folder)/\(name).\(suffix)", force: false)
      } catch .exists {
        continue
      } catch .inUse where attempts < 10 {
        // Another process took it for remains before it was locked.
        continue
      } catch .notWritable(_, let code) {
        throw .notWritable(path: target, code: code)
      } catch .noDirectory {
        throw .noDirectory(path: target, directory: folder)
      } catch .full(_, let code) {
        throw .full(path: target, code: code)
      }
    }
  }

  /// The end of a chain of symbolic links, whether or not it exists.
  private static func followingLinks(_ path: String) -> String {
    var path = path
    // The kernel's limit.
    for _ in 0..<40 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &target, target.count - 1)
      guard count > 0 else { break }
      let text = String(
        decoding: target[..<count].map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
      path = text.hasPrefix("/") ? text : OutputFile.directory(of: path) + "/" + text
    }
    return path
  }
}
