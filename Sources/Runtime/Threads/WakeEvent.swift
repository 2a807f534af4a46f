import Glibc

/// Wakes a thread that waits in `poll`.
package final class WakeEvent: Sendable {
  private let reader: Int32
  private let writer: Int32

  package init() {
    var ends: [Int32] = [-1, -1]
    // Without one, who waits wakes at the timeout.
    _ = pipe(&ends)
    (reader, writer) = (ends[0], ends[1])
    for end in ends where end >= 0 {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
  }

  deinit {
    for end in [reader, writer] where end >= 0 { close(end) }
  }

  /// A full pipe already wakes the reader, so a failed write loses nothing.
  package func signal() {
    var byte: UInt8 = 0
    _ = write(writer, &byte, 1)
  }

  /// Returns when signalled, when the descriptor `input` can be read, or after the timeout.
  package func wait(orInput input: Int32?, timeoutMilliseconds: Int32) {
    var descriptors = [pollfd(fd: reader, events: Int16(POLLIN), revents: 0)]
    if let input { descriptors.append(pollfd(fd: input, events: Int16(POLLIN), revents: 0)) }
    _ = poll(&descriptors, nfds_t(descriptors.count), timeoutMilliseconds)
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(reader, &bytes, bytes.count) > 0 {}
  }
}
