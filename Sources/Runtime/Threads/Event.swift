import CLinux
import Glibc

/// An event as a descriptor for `poll`: once raised, it stays raised until cleared.
package final class Event: Sendable {
  package let descriptor: Int32

  package init() {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    guard descriptor >= 0 else {
      Failure.exhausted("descriptors", errno, limit: "ulimit -n").end()
    }
  }

  deinit { close(descriptor) }

  package func raise() { eventfd_write(descriptor, 1) }

  package func clear() {
    var count: UInt64 = 0
    eventfd_read(descriptor, &count)
  }

  /// Sleeps until `deadline` (``monotonicNanoseconds()``); returns true as soon as the event is
  /// raised.
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

  /// Sleeps until the event is raised, until `input` is readable, or for `milliseconds`. Clears the
  /// event.
  package func wait(orInput input: Int32?, milliseconds: Int32) {
    var entries = [descriptor, input ?? -1].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    _ = poll(&entries, nfds_t(entries.count), milliseconds)
    clear()
  }
}
