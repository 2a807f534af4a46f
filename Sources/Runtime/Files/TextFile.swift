import Glibc

/// Files of text that a person or a program wrote.
package enum TextFile {
  /// Without line ends, and without an empty last line.
  package static func lines(of path: String) throws(Failure) -> [String] {
    let bytes = try bytes(of: path)
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self)
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// Text that a person or a program makes is shorter.
  private static let maximumBytes = 256 << 20
  private static let longestLine = 1 << 20

  private static func bytes(of path: String) throws(Failure) -> [UInt8] {
    guard let file = fopen(path, "re") else {
      throw Failure(
        path, errnoText(errno), do: "name a file that can be read", exitCode: .nothingDone)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var line = 0
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
      bytes += chunk[..<count]
      let end = chunk[..<count].lastIndex(of: UInt8(ascii: "\n"))
      line = end.map { count - 1 - $0 } ?? line + count
      guard line <= longestLine, bytes.count <= maximumBytes else {
        let why =
          line > longestLine ? "its lines never end" : "longer than \(maximumBytes >> 20) MiB"
        throw Failure(path, why, do: "name a text file", exitCode: .nothingDone)
      }
    }
    guard ferror(file) == 0 else {
      throw Failure(path, "cannot be read", do: "name a file, not a folder", exitCode: .nothingDone)
    }
    return bytes
  }

  /// All of `text` or nothing. A file that already holds just this is left alone; one that holds
  /// anything else is kept unless `force`.
  package static func write(
    _ text: String, to path: String, force: Bool
  ) throws(OutputError) {
    let bytes = Array(text.utf8)
    do {
      try Replacement.write(bytes, to: path, force: force)
    } catch .exists where holds(path, bytes) {
    }
  }

  private static func holds(_ path: String, _ bytes: [UInt8]) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_size == bytes.count, let file = fopen(path, "re")
    else { return false }
    defer { fclose(file) }
    var found = [UInt8](repeating: 0, count: bytes.count)
    return fread(&found, 1, found.count, file) == bytes.count && found == bytes
  }

  package static func makeFolder(_ path: String) throws(OutputError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += part + "/"
      guard mkdir(made, 0o777) != 0, errno != EEXIST else { continue }
      throw .notWritable(path: path, code: errno)
    }
  }

  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
