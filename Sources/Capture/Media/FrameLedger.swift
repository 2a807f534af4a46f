/// Counts the frames of a stream that were lost: their packets went into the decoder but produced
/// no frame.
///
/// If every packet is a frame, as in MJPEG, each packet without one is lost. In other codecs a
/// packet may legitimately produce none (a second field, a picture that is never shown), so no more
/// frames count as lost than the decoder reported errors.
struct FrameLedger {
  var everyPacketIsAFrame = false
  private(set) var lost = 0

  /// Packets that have not produced a frame yet, in decoding order; times in units of the time
  /// base.
  private var waiting: [(number: Int64, time: Int64?)] = []
  private var faults = 0
  private var next: Int64 = 0
  /// Whether the decoder passes packet numbers on to frames.
  private var isTold = false

  /// For packets without times, how many packets late a frame may be: the maximum reordering of
  /// H.264 and HEVC.
  private static let reordering: Int64 = 16
  /// A header that lists more missing frames than this is not credible.
  private static let longestTail = 200_000

  /// Records a packet. Returns its number, which the decoder passes on with the frame.
  mutating func sent(at time: Int64?) -> Int64 {
    defer { next += 1 }
    waiting.append((next, time))
    return next
  }

  /// Records that the decoder reported an error in a packet.
  mutating func fault() { faults += 1 }

  /// Records that packet `number` produced a frame. Packets to be shown earlier that produced none
  /// are lost.
  mutating func came(from number: Int64) {
    guard let place = waiting.firstIndex(where: { $0.number == number }) else { return }
    isTold = true
    let time = waiting.remove(at: place).time
    let before = waiting.count
    waiting.removeAll { other in
      if everyPacketIsAFrame { return other.number < number }
      guard let time, let otherTime = other.time else {
        return other.number < number - Self.reordering
      }
      return otherTime < time
    }
    lose(before - waiting.count)
  }

  /// Records that a frame is unusable.
  mutating func reject() { lost += 1 }

  /// No more frames come. `listed`: frames that the container lists after the last packet.
  mutating func end(listed: Int) {
    if isTold { lose(waiting.count) }
    waiting = []
    faults = 0
    if (1...Self.longestTail).contains(listed), next > 0 { lost += listed }
    next = 0
  }

  /// Records that the stream starts again.
  mutating func restart() {
    waiting = []
    faults = 0
    next = 0
  }

  private mutating func lose(_ candidates: Int) {
    let confirmed = everyPacketIsAFrame ? candidates : min(candidates, faults)
    if !everyPacketIsAFrame { faults -= confirmed }
    lost += confirmed
  }
}
