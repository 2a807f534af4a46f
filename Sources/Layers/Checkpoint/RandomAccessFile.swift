import Glibc

/// A regular file that is read by position. Every read is checked against the file's size, so a
/// length claimed by a damaged file is never trusted.
final class RandomAccessFile {
  let path: String
  let size: Int
  private let descriptor: Int32

  init(_ path: String) throws(CheckpointError) {
    self.path = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CheckpointError(path, .unreadable(errno: errno)) }
    var status = stat()
    let result = fstat(descriptor, &status)
    let code = errno
    size = Int(status.st_size)
    guard result == 0 else { throw CheckpointError(path, .unreadable(errno: code)) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw CheckpointError(path, .unreadable(errno: EISDIR))
    // A pipe or a device has neither size nor positions.
    default: throw CheckpointError(path, .unreadable(errno: ESPIPE))
    }
    guard size > 0 else { throw CheckpointError(path, .empty) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func bytes(at offset: Int, count: Int) throws(CheckpointError) -> [UInt8] {
    let (end, overflow) = offset.addingReportingOverflow(count)
    guard offset >= 0, count >= 0, !overflow, end <= size else {
      throw CheckpointError(path, .truncated(end: overflow ? .max : end, size: size))
    }
    var code: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let result = pread(
          descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
        if result > 0 {
          filled += result
        } else if result == 0 || errno != EINTR {
          code = result == 0 ? EIO : errno
          break
        }
      }
    }
    guard code == 0 else { throw CheckpointError(path, .unreadable(errno: code)) }
    return bytes
  }

  /// The first bytes, at most `count`.
  func prefix(_ count: Int) throws(CheckpointError) -> [UInt8] {
    try bytes(at: 0, count: min(count, size))
  }
}
