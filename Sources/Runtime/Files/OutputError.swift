/// Why a file cannot be written; `code` is an errno.
package enum OutputError: Error, Equatable {
  case exists(path: String)
  case isDirectory(path: String)
  /// The same command reads this file, possibly under another name.
  case isInput(path: String)
  case noDirectory(path: String, directory: String)
  case notWritable(path: String, code: Int32)
  /// Another process, or another output of this one, is writing it.
  case inUse(path: String)
  /// Disk, quota or file size limit exhausted.
  case full(path: String, code: Int32)
  /// The reader of a pipe has gone away.
  case closedPipe(path: String)
  case failed(path: String, code: Int32)
}
