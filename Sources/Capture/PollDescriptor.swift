import CV4L2
import Glibc

extension pollfd {
  /// Polls for input.
  init(descriptor: Int32) {
    self.init(fd: descriptor, events: Int16(POLLIN), revents: 0)
  }
}
