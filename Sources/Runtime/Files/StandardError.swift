import Glibc

/// One line on stderr in one write, so that lines of two processes do not mix.
package func printError(_ line: String) {
  var bytes = Array((line.printable + "\n").utf8)
  _ = write(STDERR_FILENO, &bytes, bytes.count)
}

extension String {
  /// With "?" for control characters: a name that a file brings along must not reach the terminal
  /// as a command.
  package var printable: String { printable(keeping: "") }

  /// - Parameter kept: control characters that stay, such as line feeds
  package func printable(keeping kept: String) -> String {
    let kept = kept.unicodeScalars
    func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && !kept.contains(scalar)
    }
    guard unicodeScalars.contains(where: isUnprintable) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { isUnprintable($0) ? "?" : $0 }))
  }
}
