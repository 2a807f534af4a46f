import Glibc

/// Why a command fails, in the form of its error message: `emenet: WHAT: WHY; WHAT TO DO`.
package struct Failure: Error, Equatable {
  /// What failed: a file, a device, an option.
  package var what: String
  package var why: String
  /// nil if there is nothing that a person could do.
  package var remedy: String?
  package var exitCode: ExitCode

  package init(_ what: String, _ why: String, do remedy: String? = nil, exitCode: ExitCode) {
    self.what = what
    self.why = why
    self.remedy = remedy
    self.exitCode = exitCode
  }

  package var line: String {
    "emenet: \(reason)" + (remedy.map { "; \($0)".withoutCredentials } ?? "")
  }

  /// The message without a remedy, for when the program continues.
  package var reason: String {
    "\(what.isEmpty ? "''" : what): \(why)".withoutCredentials
  }
}

/// Exit codes; they are part of the program's interface.
package enum ExitCode: Int32, Sendable {
  case done = 0
  case someInputsFailed = 1
  case nothingDone = 2
  case noCamera = 3
  case badCheckpoint = 4
  case outputNotWritable = 5
  case usage = 64
  /// A signal interrupted work on files. Finished work is kept; running the same command again
  /// continues.
  case interrupted = 130
}

/// Message for an errno, such as "No such file or directory".
package func errnoText(_ code: Int32) -> String { String(cString: strerror(code)) }
