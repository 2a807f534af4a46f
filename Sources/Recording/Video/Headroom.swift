import CLinux
import Glibc

/// Reserves disk space for the index at the end of a video, so that a recording that fills the disk
/// still plays: it stops while there is room to complete the file.
struct Headroom {
  private let descriptor: Int32
  /// The file's blocks up to this offset are allocated.
  private var reserved = 0
  private var canReserve = true
  /// Largest file size that the system allows (`ulimit -f`).
  private let limit: Int

  private static let step = 1 << 20

  init(descriptor: Int32) {
    self.descriptor = descriptor
    var limit = rlimit()
    let known = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0
    self.limit = known ? Int(clamping: limit.rlim_cur) : .max
  }

  /// Returns nil if the file may grow to `size`, otherwise the errno.
  mutating func reserve(_ size: Int) -> Int32? {
    guard size <= limit else { return EFBIG }
    guard size > reserved else { return nil }
    guard canReserve else { return measure(size) }
    for target in [size + Self.step, size] {
      switch allocate(target) {
      case 0:
        reserved = target
        return nil
      case ENOSPC, EDQUOT, EFBIG: continue
      default:
        // The file system does not support preallocation.
        canReserve = false
        return measure(size)
      }
    }
    return ENOSPC
  }

  /// Gives back what was reserved after the end of the file.
  func release() {
    var status = stat()
    if reserved > 0, fstat(descriptor, &status) == 0 { ftruncate(descriptor, status.st_size) }
  }

  private func allocate(_ size: Int) -> Int32 {
    while fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, size) != 0 {
      if errno != EINTR { return errno }
    }
    return 0
  }

  private func measure(_ size: Int) -> Int32? {
    var space = statvfs()
    var status = stat()
    guard fstatvfs(descriptor, &space) == 0, fstat(descriptor, &status) == 0 else { return nil }
    let available = Int(space.f_bavail) * Int(space.f_frsize)
    return status.st_size + available < size ? ENOSPC : nil
  }
}
