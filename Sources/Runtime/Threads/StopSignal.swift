import CLinux
import Glibc

/// Tells a capture thread to end, also while it waits: a descriptor for `poll`.
package final class StopSignal: Sendable {
  package let descriptor: Int32

  package init() {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC))
    precondition(descriptor >= 0, "the system gives no more descriptors: errno \(errno)")
  }

  package func raise() {
    eventfd_write(descriptor, 1)
  }

  /// Sleeps until `deadline` (CLOCK_MONOTONIC, ns); true when the signal was raised.
  package func wait(until deadline: UInt64) -> Bool {
    while true {
      let now = monotonicNanoseconds()
      let milliseconds = deadline > now ? (deadline - now + 999_999) / 1_000_000 : 0
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let count = poll(&entry, 1, Int32(clamping: milliseconds))
      if count > 0 { return true }
      if count == 0, monotonicNanoseconds() >= deadline { return false }
    }
  }

  deinit { close(descriptor) }
}
