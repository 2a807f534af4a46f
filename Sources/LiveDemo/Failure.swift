/// Why a command ends, in the words that a person reads: `emenet: WHAT: WHY; WHAT TO DO`.
struct Failure: Error, Equatable {
  /// The thing that failed: a file, a device, an option.
  var what: String
  var why: String
  /// nil where there is nothing that a person could do.
  var remedy: String?
  var exitCode: ExitCode

  init(_ what: String, _ why: String, do remedy: String? = nil, exitCode: ExitCode) {
    self.what = what
    self.why = why
    self.remedy = remedy
    self.exitCode = exitCode
  }

  var line: String { "emenet: \(reason)" + (remedy.map { "; \($0)" } ?? "") }

  /// What and why, where the program goes on.
  var reason: String { "\(what): \(why)" }
}
