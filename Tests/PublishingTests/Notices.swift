import Foundation
import Runtime

@testable import Publishing

/// Collects a publisher's notices.
final class Notices: Sendable {
  private let list = Locked([PublishingError?]())

  var troubles: [PublishingError?] { list.withLock { $0 } }

  func add(_ notice: PublishingNotice) { list.withLock { $0.append(notice.trouble) } }
}

extension PublishingSink {
  /// Takes frames starting with number `start`, 200 a second, until `isDone` returns true, for at
  /// most 15 s.
  ///
  /// - Returns: the number after the last, and the longest time that `take` took, in s
  func takeFrames(
    from start: Int, until isDone: (_ count: Int) -> Bool
  ) -> (next: Int, slowest: Double) {
    var slowest = 0.0
    var frame = start
    while frame < start + 3000, !isDone(frame - start) {
      let before = Date()
      take(Frames.publication(frame))
      slowest = max(slowest, Date().timeIntervalSince(before))
      frame += 1
      usleep(5000)
    }
    return (frame, slowest)
  }
}
