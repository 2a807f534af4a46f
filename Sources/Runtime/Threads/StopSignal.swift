import CLinux
import Glibc

/// Tells a capture thread to end, also while it waits: a descriptor for `poll`.
package final class StopSignal: Sendable {
  package let descriptor: Int32

  package init() {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC))
  }

  /// Throws where the system gave no descriptor for it: before anything waits for it.
  package func check() throws(Failure) {
    guard descriptor >= 0 else { throw .exhausted("descriptors", EMFILE, limit: "ulimit -n") }
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

  deinit { if descriptor >= 0 { close(descriptor) } }
}
