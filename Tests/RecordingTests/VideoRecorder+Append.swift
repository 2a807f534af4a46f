import Glibc

@testable import Reading
@testable import Recording

extension VideoRecorder {
  /// Takes `reading` once there is room for it; returns false if no more are accepted.
  @discardableResult
  func append(_ reading: FrameReading) -> Bool {
    while !hasRoom { usleep(200) }
    guard isOpen else { return false }
    take(reading)
    return true
  }
}
