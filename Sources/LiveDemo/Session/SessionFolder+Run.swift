import Glibc
import Recording
import Records
import Report
import Runtime
import Theme

extension SessionFolder {
  func make(_ options: LiveOptions) throws {
    guard mkdir(path, 0o777) == 0 else {
      switch errno {
      case EEXIST:
        throw Failure(
          path, "the folder exists, and a session's folder is never used again",
          do: "choose another name for --save-dir", exitCode: .outputNotWritable)
      case ENOENT:
        let parent = path.split(separator: "/").dropLast().joined(separator: "/")
        throw OutputError.noDirectory(
          path: path, directory: (path.hasPrefix("/") ? "/" : "") + parent)
      case let code: throw OutputError.notWritable(path: path, code: code)
      }
    }
    try Replacement.write(
      Array((Self.description(options).indentedText + "\n").utf8), to: settings, force: false)
  }

  /// For a run that never began.
  func removeUnused() {
    unlink(settings)
    rmdir(path)
  }

  /// Call once the records are complete.
  func report() throws {
    var report = Report(version: Version.current)
    do {
      _ = try report.add(
        RecordFile(path: records), title: path.split(separator: "/").last.map(String.init) ?? path,
        excluding: [])
    } catch RecordFile.Problem.unreadable(_, ENOENT) {
      // A run without frames leaves no records.
      return
    }
    try Replacement.write(report.bytes(as: .html), to: page, force: false)
    printError("emenet: \(path): video, records, report and settings of this run")
  }

  private static func description(_ options: LiveOptions) -> JSON {
    var system = utsname()
    uname(&system)
    let kernel = withUnsafeBytes(of: system.release) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return .object([
      ("start", .text(utcText(utcSeconds()))),
      (
        "versions",
        .object([
          ("emenet", .text(Version.current)), ("ffmpeg", .text(VideoRecorder.libraryVersion)),
          ("cairo", .text(Pen.libraryVersion)), ("linux", .text(kernel)),
        ])
      ),
      (
        "settings",
        .object(
          options.arguments.values.sorted { $0.key < $1.key }.map { name, values in
            let texts = values.map { $0.isEmpty ? JSON.flag(true) : .text($0) }
            return (name, texts.count == 1 ? texts[0] : .list(texts))
          })
      ),
      ("operands", .list(options.arguments.operands.map(JSON.text))),
    ])
  }
}
