import Offline
import Reading
import Records
import Report
import Runtime

enum ReportCommand: Command {
  static let description = CommandDescription(
    name: "report",
    summary: "Shows what a run, or several, recorded: over time, with totals and markers.",
    operands: "RECORDS…",
    options: [
      Option(
        "output", short: "o", value: "FILE",
        "the report: .html, .svg, .pdf or .png (default: RECORDS.html)"),
      Option(
        "exclude", value: "FROM-TO",
        "leave a stretch out, in seconds or as 1:02:03; may be repeated; '-' at an end stands for "
          + "the run's own"),
      .force,
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let files = arguments.operands
    guard let first = files.first else {
      throw UsageError.missingOperand(
        command: description.name, expected: "a records file, .jsonl or .csv")
    }
    let output = arguments.string("output") ?? Self.output(for: first)
    guard let format = Report.Format(path: output) else {
      throw UsageError.badValue(
        option: "output", value: output, expected: "a .html, .svg, .pdf or .png file")
    }
    let excluded = try arguments.strings("exclude").map { text in
      guard let stretch = Stretch(text) else {
        throw UsageError.badValue(
          option: "exclude", value: text, expected: "a stretch such as 10-12.5 or 1:30-2:00")
      }
      return stretch
    }
    let force = arguments.has(Option.force.name)
    try InputFiles(files).refuse(asOutputs: [output])
    try OutputFile.validate(output, force: force)
    var report = Report(version: Version.current)
    var isWhole = true
    for file in files {
      do {
        let damaged = try report.add(
          RecordFile(path: file), title: Clip.stem(file), excluding: excluded)
        if damaged > 0 {
          printError(
            "emenet: \(file): \(counted(damaged, "line")) damaged or cut off, left out")
          isWhole = false
        }
      } catch let error as RecordFile.Problem {
        printError(Failure(error).line)
        isWhole = false
      }
    }
    guard !report.runs.isEmpty else { return .nothingDone }
    try Replacement.write(report.bytes(as: format), to: output, force: force)
    return isWhole ? .done : .someInputsFailed
  }

  /// "a/records.jsonl" -> "a/records.html"
  private static func output(for records: String) -> String {
    let name = records.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return records + ".html" }
    return records[..<dot] + ".html"
  }
}

extension Failure {
  init(_ problem: RecordFile.Problem) {
    let (path, why, remedy) =
      switch problem {
      case .unreadable(let path, let code):
        (path, errnoText(code), "name a file that you may read")
      case .notAFile(let path): (path, "this is a folder", "name a records file in it")
      case .unknownFormat(let path):
        (path, "neither JSON lines nor CSV of emenet", "name what --json or --csv wrote")
      case .endlessLine(let path, let megabytes):
        (path, "a line of it is longer than \(megabytes) MiB", "name what --json or --csv wrote")
      case .noFrames(let path):
        (path, "there is no frame with a time in it", "name the records of a video or a camera")
      }
    self.init(
      path == "-" ? "standard input" : path, why, do: remedy, exitCode: .nothingDone)
  }
}
