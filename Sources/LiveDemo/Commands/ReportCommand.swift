import Options
import Reading
import Records
import Report
import Runtime
import Words

struct ReportCommand: Command {
  var arguments = Arguments()
  var output: ReportOutput?
  var exclude: [Stretch] = []
  var force = false

  static let name = "report"
  static let summary = "Shows what a run, or several, recorded: over time, with totals and markers."
  static let operands = "RECORDS…"
  static let options: [Option<Self>] = [
    Option(
      "output", short: "o", .report, "the report, .html, .svg, .pdf or .png", \.output,
      default: "beside the records, .html"),
    Option(
      "exclude", .stretch,
      "leave a stretch out, in seconds or as 1:02:03; '10-' lasts to the end of the run; may be "
        + "repeated", \.exclude),
    .force(\.force),
  ]

  mutating func validate() throws {
    guard let first = arguments.operands.first else {
      throw UsageError.missingOperand(
        command: Self.name, expected: "a records file, .jsonl or .csv")
    }
    output = output ?? ReportOutput(path: Self.page(for: first))
  }

  func run() throws -> ExitCode {
    let (files, output) = (arguments.operands, output!)
    try InputFiles(files).refuse(asOutputs: [output.path])
    try OutputFile.validate(output.path, force: force)
    var report = Report(version: Version.current)
    var isWhole = true
    for file in files {
      do {
        let damaged = try report.add(
          RecordFile(path: file), title: file.fileStem, excluding: exclude)
        if damaged > 0 {
          printError("emenet: \(file): \(counted(damaged, "line")) damaged or cut off, left out")
          isWhole = false
        }
      } catch let error as RecordFile.Problem {
        printError(Failure(error).line)
        isWhole = false
      }
    }
    guard !report.runs.isEmpty else { return .nothingDone }
    try Replacement.write(report.bytes(as: output.format), to: output.path, force: force)
    printError("emenet: \(output.path): a report of \(counted(report.runs.count, "run"))")
    return isWhole ? .done : .someInputsFailed
  }

  /// "a/records.jsonl" -> "a/records.html"
  static func page(for records: String) -> String {
    let name = records.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return records + ".html" }
    return records[..<dot] + ".html"
  }
}

/// A report to write.
struct ReportOutput: Equatable, Sendable {
  var path: String
  var format: Report.Format

  /// nil for any other file extension.
  init?(path: String) {
    guard let format = Report.Format(path: path) else { return nil }
    (self.path, self.format) = (path, format)
  }
}

extension OptionValue where Value == ReportOutput {
  static var report: Self {
    Self(
      placeholder: "FILE", expected: "a .html, .svg, .pdf or .png file",
      parse: ReportOutput.init(path:))
  }
}

extension OptionValue where Value == Stretch {
  static var stretch: Self {
    Self(
      placeholder: "FROM-TO", expected: "a stretch such as 10-12.5 or 1:30-2:00",
      parse: Stretch.init)
  }
}
