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
    clips = try lines.dropFirst().enumerated().map { index, line in
      let cells = CSV.cells(of: line)
      guard cells.count == 3, let frames = Int(cells[1]), frames >= 0 else {
        throw Failure(
          "\(path): line \(index + 2)", "a name, a number of frames and a folder are expected",
          do: "make it again with 'emenet testset'", exitCode: .nothingDone)
      }
      return Clip(name: cells[0], source: .folder(cells[2]), frameCount: frames)
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

/// Comma-separated values, RFC 4180 without line feeds in cells.
package enum CSV {
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
    guard text.contains(where: { $0 == "," || $0 == "\"" }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}

package enum TextFile {
  /// Without line ends, and without an empty last line.
  package static func lines(of path: String) throws(Failure) -> [String] {
    guard let file = fopen(path, "re") else {
      throw Failure(
        path, errnoText(errno), do: "name a file that can be read", exitCode: .nothingDone)
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
      bytes += chunk[..<count]
    }
    guard ferror(file) == 0 else {
      throw Failure(path, "cannot be read", do: "name a file, not a folder", exitCode: .nothingDone)
    }
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0.last == 13 ? $0.dropLast() : $0, as: UTF8.self)
    }
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// All of `text` or nothing: written beside `path`, which is replaced at the end.
  package static func write(_ text: String, to path: String) throws(OutputError) {
    let part = path + ".part"
    do {
      let file = try OutputFile(path: part, force: true)
      defer { file.close() }
      try file.write(Array(text.utf8))
    } catch {
      unlink(part)
      throw error
    }
    guard rename(part, path) == 0 else { throw .failed(path: path, code: errno) }
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
