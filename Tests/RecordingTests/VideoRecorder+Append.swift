import Glibc

@testable import Reading
@testable import Recording

extension VideoRecorder {
  /// Takes `reading` once there is room for it; false where nothing more is taken.
  @discardableResult
  func append(_ reading: FrameReading) -> Bool {
    while !hasRoom { usleep(200) }
    guard isOpen else { return false }
    take(reading)
    return true
  }
}
