import CFFmpeg

/// Computes presentation times for a file's pictures.
struct Timeline {
  private let timeBase: AVRational
  /// Nominal duration of a picture, for pictures without a time.
  private let frameSeconds: Double
  private var firstTimestamp: Int64?
  /// Time of the file's first picture on the file's clock, in s.
  private(set) var origin: Double?
  private var startSeconds = 0.0
  private var last: Double?
  /// Time of the last picture according to the file.
  private var lastOwn: Double?

  /// Minimum difference between times, in s: records have microseconds.
  private static let step = 2e-6
  /// Latest time that counts as plausible, in s: 2000 years.
  static let latest = 6.3e10

  init(timeBase: AVRational, frameSeconds: Double) {
    self.timeBase = timeBase
    self.frameSeconds = frameSeconds
  }

  /// Whether the time is plausible.
  ///
  /// - Parameter timestamp: in units of the time base
  func isPossible(_ timestamp: Int64) -> Bool {
    let seconds = Double(timestamp) * tick
    let sinceFirst = Double(timestamp) - Double(firstTimestamp ?? timestamp)
    return abs(seconds) < Self.latest && abs(sinceFirst * tick) + startSeconds < Self.latest
  }

  /// s since the first picture; strictly rising, also where the file's own times are not.
  /// `timestamp`: in units of the time base; nil if the file has none.
  mutating func time(at timestamp: Int64?) -> Double {
    let next = last.map { $0 + frameSeconds } ?? startSeconds
    var time = next
    if let timestamp {
      let first = firstTimestamp ?? timestamp
      firstTimestamp = first
      origin = origin ?? seconds(first)
      let (ticks, overflow) = timestamp.subtractingReportingOverflow(first)
      if !overflow {
        let own = startSeconds + Double(ticks) * tick
        let rises = lastOwn.map { own > $0 } ?? true
        lastOwn = own
        // If a picture's time is increasing in the file but not after an adjusted predecessor, it
        // is placed right after that one.
        let closely = last.map { $0 + max(Self.step, 2 * $0.ulp) } ?? own
        time = own >= closely ? own : rises ? closely : next
      }
    }
    if let last, time <= last { time = next }
    last = time
    return time
  }

  /// So many pictures before the first came to nothing: it is shown after their time.
  mutating func skip(_ pictures: Int) {
    if last == nil { startSeconds = Double(pictures) * frameSeconds }
  }

  /// Seconds on the file's own clock for a picture at `time`.
  func clockTime(of time: Double) -> Double {
    time - startSeconds + seconds(firstTimestamp ?? 0)
  }

  /// Seconds on the file's own clock.
  func seconds(_ timestamp: Int64) -> Double {
    Double(timestamp) * tick
  }

  /// The file starts again or continues at another position.
  mutating func restart() {
    startSeconds = last.map { $0 + frameSeconds } ?? 0
    firstTimestamp = nil
    lastOwn = nil
  }

  private var tick: Double { Double(timeBase.num) / Double(timeBase.den) }
}
