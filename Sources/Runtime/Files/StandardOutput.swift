import Glibc

/// What a command prints. Every byte is accounted for: a full disk or a closed descriptor is an
/// error, and a reader that went away is ``OutputError/closedPipe(path:)``.
package enum StandardOutput {
  /// - Parameter text: on a terminal without its control characters, since names that come out of
  ///   files must not reach it as commands
  package static func write(_ text: String) throws(OutputError) {
    let shown = isatty(STDOUT_FILENO) == 1 ? text.printable(keeping: "\n\t") : text
    try OutputFile(path: "-", force: false).write(Array(shown.utf8))
  }

  package static func writeLine(_ text: String) throws(OutputError) { try write(text + "\n") }
}
