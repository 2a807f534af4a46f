/// Tells which frames of a stream came to nothing: packets went into the decoder, and some gave no
/// frame.
///
/// Where every packet is a frame, as of MJPEG, each packet without one is lost. Elsewhere a packet
/// may rightly give none (a second field, a picture that is never shown), so only as many are lost
/// as the decoder found faults.
struct FrameLedger {
  var everyPacketIsAFrame = false
  private(set) var lost = 0

  /// Packets that have given no frame yet, in decoding order; times in units of the time base.
  private var waiting: [(number: Int64, time: Int64?)] = []
  private var faults = 0
  private var next: Int64 = 0
  /// The decoder hands numbers on.
  private var isTold = false

  /// Without times a frame comes at most so many packets late: the most that H.264 and HEVC reorder.
  private static let reordering: Int64 = 16
  /// More than this a header does not promise in good faith.
  private static let longestTail = 200_000

  /// A packet goes in. Returns its number, which the decoder passes on with the frame.
  mutating func sent(at time: Int64?) -> Int64 {
    defer { next += 1 }
    waiting.append((next, time))
    return next
  }

  /// The decoder found fault with a packet.
  mutating func fault() { faults += 1 }

  /// A frame came out of packet `number`; those shown before it that gave none are lost.
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

  /// A frame came and is of no use.
  mutating func reject() { lost += 1 }

  /// No more frames come. `listed`: frames that the container lists after the last packet.
  mutating func end(listed: Int) {
    if isTold { lose(waiting.count) }
    waiting = []
    faults = 0
    if (1...Self.longestTail).contains(listed), next > 0 { lost += listed }
    next = 0
  }

  /// The stream begins again.
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
