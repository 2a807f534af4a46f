import CV4L2
import Glibc

extension pollfd {
  /// Waits for something to read.
  init(descriptor: Int32) {
    self.init(fd: descriptor, events: Int16(POLLIN), revents: 0)
  }
}
