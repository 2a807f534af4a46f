import Glibc

/// A file that appears whole or not at all: it is written beside its place and moved there by
/// ``commit()``.
///
/// A symbolic link stays one, its target is replaced. Devices and pipes are written into. A file
/// that is there is kept unless `force`; the new one takes over its mode and, where that is allowed,
/// its owner.
package final class Replacement {
  /// What is written until ``commit()``.
  package let file: OutputFile
  /// As it was named; errors speak of it.
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

  /// Puts the file in its place.
  package func commit() throws(OutputError) {
    guard isPending else { return }
    // link(2) refuses to replace what somebody has put there since; not every file system has it.
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

  /// Leaves what was there as it was.
  package func abandon() {
    guard isPending else { return }
    isPending = false
    unlink(file.path)
    file.close()
  }

  /// All of `bytes`, or nothing.
  package static func write(
    _ bytes: [UInt8], to path: String, force: Bool
  ) throws(OutputError) {
    let replacement = try Replacement(of: path, force: force)
    try replacement.file.write(bytes)
    try replacement.commit()
  }

  /// A new file in the same folder, hidden, with a name that nothing has.
  private static func neighbour(of target: String) throws(OutputError) -> OutputFile {
    let folder = OutputFile.directory(of: target)
    // The name stays within the 255 bytes of most file systems.
    let name = String(
      decoding: target.utf8.split(separator: UInt8(ascii: "/")).last!.prefix(200), as: UTF8.self)
    while true {
      let suffix = String(UInt64.random(in: 0...(.max)), radix: 36)
      do {
        return try OutputFile(path: "\(folder)/.\(name).\(suffix)", force: false)
      } catch .exists {
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

  /// Where a chain of symbolic links ends, whether or not anything is there.
  private static func followingLinks(_ path: String) -> String {
    var path = path
    // As many as the kernel follows.
    for _ in 0..<40 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(path, &target, target.count - 1)
      guard count > 0 else { break }
      let text = String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      path = text.hasPrefix("/") ? text : OutputFile.directory(of: path) + "/" + text
    }
    return path
  }
}
