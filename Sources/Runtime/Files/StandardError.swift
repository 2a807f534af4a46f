import Glibc

/// Writes one line to stderr in a single write, so that lines of two processes do not mix.
package func printError(_ line: String) {
  var bytes = Array((line.printable + "\n").utf8)
  _ = write(STDERR_FILENO, &bytes, bytes.count)
}

extension String {
  /// Replaces control characters by "?", so that names from files cannot send commands to the
  /// terminal.
  package var printable: String { printable(keeping: "") }

  /// - Parameter kept: control characters to keep, such as line feeds
  package func printable(keeping kept: String) -> String {
    let kept = kept.unicodeScalars
    func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && !kept.contains(scalar)
    }
    guard unicodeScalars.contains(where: isUnprintable) else { return self }
    return String(String.UnicodeScalarView(unicodeScalars.map { isUnprintable($0) ? "?" : $0 }))
  }
}
