import Glibc

/// A file written by this process only, or standard output ("-").
///
/// A regular file is created and locked; an existing one is refused unless `force`. Pipes and
/// devices are opened as they are. A file that is still empty when closed is removed.
package final class OutputFile {
  package let path: String
  package let descriptor: Int32
  package let isRegular: Bool
  private(set) var bytesWritten = 0
  private var isOpen = true

  package init(path: String, force: Bool) throws(OutputError) {
    self.path = path
    guard path != "-" else {
      descriptor = STDOUT_FILENO
      isRegular = false
      return
    }
    let kind = FileKind(path)
    if case .directory = kind { throw .isDirectory(path: path) }
    isRegular = kind != .other
    var flags = O_WRONLY | O_CLOEXEC
    if isRegular { flags |= O_CREAT | (force ? 0 : O_EXCL) }
    descriptor = retrying { open(path, flags, 0o666) }
    guard descriptor >= 0 else { throw Self.openError(path, errno) }
    guard isRegular else { return }
    // With `force`, opening must not truncate a file that another process is writing, nor use one
    // that another process has just closed empty and removed.
    var status = stat()
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &status) == 0,
      status.st_nlink > 0
    else {
      Glibc.close(descriptor)
      isOpen = false
      throw .inUse(path: path)
    }
    if force, ftruncate(descriptor, 0) != 0 {
      let code = errno
      close()
      throw .failed(path: path, code: code)
    }
  }

  deinit { close() }

  /// Throws what `init` would throw, without creating the file.
  package static func validate(_ path: String, force: Bool) throws(OutputError) {
    guard path != "-" else { return }
    switch FileKind(path) {
    case .directory: throw .isDirectory(path: path)
    case .other: return
    case .regular:
      guard force else { throw .exists(path: path) }
      let descriptor = retrying { open(path, O_WRONLY | O_CLOEXEC) }
      guard descriptor >= 0 else { throw openError(path, errno) }
      defer { Glibc.close(descriptor) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .inUse(path: path) }
    case .absent:
      let directory = directory(of: path)
      guard case .directory = FileKind(directory) else {
        throw .noDirectory(path: path, directory: directory)
      }
      guard access(directory, W_OK | X_OK) == 0 else {
        throw .notWritable(path: path, code: errno)
      }
    }
  }

  /// Opening a FIFO blocks until it has a reader.
  package static func mayWaitToOpen(_ path: String) -> Bool {
    var status = stat()
    return path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
  }

  /// Writes `bytes` in a single write(2) if the system accepts them at once. If it accepts only
  /// part and then fails, a regular file is truncated so that it ends with a complete line.
  package func write(_ bytes: [UInt8]) throws(OutputError) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done)
      }
      if count >= 0 {
        done += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: waitUntilWritable()
      case let code:
        if isRegular, done > 0, ftruncate(descriptor, bytesWritten) == 0 {
          lseek(descriptor, bytesWritten, SEEK_SET)
        }
        throw Self.writeError(path, code)
      }
    }
    bytesWritten += done
  }

  package func close() {
    guard isOpen else { return }
    isOpen = false
    guard descriptor != STDOUT_FILENO else { return }
    if isRegular, size == 0 { unlink(path) }
    Glibc.close(descriptor)
  }

  private var size: Int {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status.st_size : -1
  }

  private func waitUntilWritable() {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    poll(&request, 1, -1)
  }

  package static func writeError(_ path: String, _ code: Int32) -> OutputError {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: .full(path: path, code: code)
    case EPIPE: .closedPipe(path: path)
    default: .failed(path: path, code: code)
    }
  }

  private static func openError(_ path: String, _ code: Int32) -> OutputError {
    switch code {
    case EEXIST: .exists(path: path)
    case EISDIR: .isDirectory(path: path)
    case ENOENT, ENOTDIR: .noDirectory(path: path, directory: directory(of: path))
    case ENOSPC, EDQUOT: .full(path: path, code: code)
    default: .notWritable(path: path, code: code)
    }
  }

  static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

enum FileKind: Equatable {
  case absent, regular, directory
  /// A pipe, device or socket.
  case other

  init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = .absent
      return
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .regular
    case S_IFDIR: self = .directory
    default: self = .other
    }
  }
}

/// Repeats `call` while signals interrupt it.
package func retrying(_ call: () -> Int32) -> Int32 {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
