/// Why a file cannot be written; `code` is the errno.
package enum OutputError: Error, Equatable {
  case exists(path: String)
  case isDirectory(path: String)
  /// The same command reads it, under this name or another.
  case isInput(path: String)
  case noDirectory(path: String, directory: String)
  case notWritable(path: String, code: Int32)
  /// Another process writes it, or another output of this one.
  case inUse(path: String)
  /// No space, quota or file size left.
  case full(path: String, code: Int32)
  /// The reader of a pipe went away.
  case closedPipe(path: String)
  case failed(path: String, code: Int32)
}
