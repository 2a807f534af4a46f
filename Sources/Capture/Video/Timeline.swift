import CFFmpeg
import Runtime

/// Presentation times of a file's pictures.
struct Timeline {
  private let timeBase: AVRational
  /// Nominal duration of a picture, for those without a time.
  private let frameSeconds: Double
  private var firstTimestamp: Int64?
  /// Of the file's first picture, s on its own clock.
  private(set) var origin: Double?
  private var startSeconds = 0.0
  private var last: Double?

  init(timeBase: AVRational, frameSeconds: Double) {
    self.timeBase = timeBase
    self.frameSeconds = frameSeconds
  }

  /// s since the first picture; strictly rising, also where the file's own times are not.
  /// `timestamp`: in units of the time base; nil where the file has none.
  mutating func time(at timestamp: Int64?) -> Double {
    let next = last.map { $0 + frameSeconds } ?? startSeconds
    var time = next
    if let timestamp {
      let first = firstTimestamp ?? timestamp
      firstTimestamp = first
      origin = origin ?? seconds(first)
      let (ticks, overflow) = timestamp.subtractingReportingOverflow(first)
      if !overflow {
        time = startSeconds + Double(ticks) * Double(timeBase.num) / Double(timeBase.den)
      }
    }
    if let last, time <= last { time = next }
    last = time
    return time
  }

  /// s on the file's own clock, of a picture at `time`.
  func clockTime(of time: Double) -> Double {
    time - startSeconds + seconds(firstTimestamp ?? 0)
  }

  /// s on the file's own clock
  func seconds(_ timestamp: Int64) -> Double {
    Double(timestamp) * Double(timeBase.num) / Double(timeBase.den)
  }

  /// The file starts again, or goes on elsewhere.
  mutating func restart() {
    startSeconds = last.map { $0 + frameSeconds } ?? 0
    firstTimestamp = nil
  }
}
