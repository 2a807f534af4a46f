import Glibc

/// A command's output. No failure goes unnoticed: a full disk or closed descriptor is an error, and
/// a reader that has gone away is ``OutputError/closedPipe(path:)``.
package enum StandardOutput {
  /// - Parameter text: printed without control characters on a terminal, so that names from files
  ///   cannot send commands to it
  package static func write(_ text: String) throws(OutputError) {
    let shown = isatty(STDOUT_FILENO) == 1 ? text.printable(keeping: "\n\t") : text
    try OutputFile(path: "-", force: false).write(Array(shown.utf8))
  }

  package static func writeLine(_ text: String) throws(OutputError) { try write(text + "\n") }
}
