import Glibc

/// One line on stderr in one write, so that lines of two processes do not mix.
package func printError(_ line: String) {
  var bytes = Array((line.printable + "\n").utf8)
  _ = write(STDERR_FILENO, &bytes, bytes.count)
}

extension String {
  /// With "?" for control characters: a name that a file brings along must not reach the terminal
  /// as a command.
  package var printable: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return self
    }
    return String(
      String.UnicodeScalarView(
        unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }))
  }
}
