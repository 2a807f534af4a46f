import Glibc

/// One line on stderr in one write, so that lines of two processes do not mix.
func printError(_ line: String) {
  var bytes = Array((line + "\n").utf8)
  _ = write(STDERR_FILENO, &bytes, bytes.count)
}
