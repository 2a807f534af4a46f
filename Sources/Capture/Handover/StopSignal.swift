import CV4L2
import Glibc

/// Tells a capture thread to end, also while it waits: a descriptor for `poll`.
final class StopSignal: Sendable {
  let descriptor: Int32

  init() {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC))
    precondition(descriptor >= 0, "the system gives no more descriptors: errno \(errno)")
  }

  func raise() {
    eventfd_write(descriptor, 1)
  }

  /// Sleeps until `deadline` (CLOCK_MONOTONIC, ns); true when the signal was raised.
  func wait(until deadline: UInt64) -> Bool {
    while true {
      let now = monotonicNanoseconds()
      let milliseconds = deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0
      var entry = pollfd(descriptor: descriptor)
      let count = poll(&entry, 1, Int32(clamping: milliseconds))
      if count > 0 { return true }
      if count == 0, monotonicNanoseconds() >= deadline { return false }
    }
  }

  deinit { close(descriptor) }
}

extension pollfd {
  /// Waits for something to read.
  init(descriptor: Int32) {
    self.init(fd: descriptor, events: Int16(POLLIN), revents: 0)
  }
}

/// CLOCK_MONOTONIC, the clock of V4L2's timestamps.
func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
