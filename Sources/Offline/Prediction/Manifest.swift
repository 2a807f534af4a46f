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
        path, "is no manifest: its first line is not '\(Self.header)'",
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

/// Comma-separated values, RFC 4180.
package enum CSV {
  /// The cells of each row; one goes on on the next line where a quote is open.
  package static func rows(of lines: some Sequence<String>) -> [[String]] {
    var rows: [[String]] = []
    var open: String?
    for line in lines {
      let text = open.map { $0 + "\n" + line } ?? line
      let isComplete = text.utf8.count { $0 == UInt8(ascii: "\"") }.isMultiple(of: 2)
      open = isComplete ? nil : text
      if isComplete { rows.append(cells(of: text)) }
    }
    return rows + (open.map { [cells(of: $0)] } ?? [])
  }

  package static func cells(of line: String) -> [String] {
    var cells = [""]
    var isQuoted = false
    var previous: Character?
    for character in line {
      switch character {
      case "\"":
        // A quote after a closing quote is one of the text.
        if !isQuoted, previous == "\"" { cells[cells.count - 1].append("\"") }
        isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
      previous = character
    }
    return cells
  }

  package static func cell(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

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
