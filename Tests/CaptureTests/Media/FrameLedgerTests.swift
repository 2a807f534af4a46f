import Testing

@testable import Capture

/// Row 32: which frames of a stream were lost.
@Suite struct FrameLedgerTests {
  enum Event {
    /// A packet with this time is sent to the decoder.
    case sent(Int64?)
    /// The packet of this number produces a frame.
    case came(Int64)
    case fault, rejected
    /// This many frames are listed after the last packet.
    case end(Int)
  }

  @Test(
    arguments: [
      // every packet is a frame; events -> lost
      (true, [.sent(0), .came(0), .sent(1), .sent(2), .came(2), .end(0)], 1),
      (true, [.sent(0), .sent(1), .came(1), .sent(2), .end(3)], 5),
      (true, [.sent(nil), .came(0), .sent(nil), .fault, .sent(nil), .came(2), .end(0)], 1),
      // If the decoder reports no error, a packet without a frame is normal.
      (false, [.sent(0), .came(0), .sent(1), .sent(2), .came(2), .end(0)], 0),
      (false, [.sent(0), .came(0), .sent(1), .fault, .sent(2), .came(2), .end(0)], 1),
      // Decoding order differs from display order: 0 2 1 3.
      (false, [.sent(0), .sent(2), .sent(1), .came(0), .came(2), .came(1), .end(0)], 0),
      (false, [.sent(0), .sent(2), .sent(1), .fault, .came(0), .came(1), .sent(3), .end(0)], 1),
      (true, [.sent(0), .came(0), .rejected, .end(0)], 1),
      // A header that lists more frames than any file of its kind is not credible.
      (true, [.sent(0), .came(0), .end(2_000_000_000)], 0),
      // The decoder does not tell which packet a frame came from.
      (true, [.sent(0), .sent(1), .came(-5), .end(0)], 0),
    ] as [(Bool, [Event], Int)])
  func row32_countsWhatCameToNothing(everyPacketIsAFrame: Bool, events: [Event], lost: Int) {
    var ledger = FrameLedger()
    ledger.everyPacketIsAFrame = everyPacketIsAFrame
    for event in events {
      switch event {
      case .sent(let time): _ = ledger.sent(at: time)
      case .came(let number): ledger.came(from: number)
      case .fault: ledger.fault()
      case .rejected: ledger.reject()
      case .end(let listed): ledger.end(listed: listed)
      }
    }
    #expect(ledger.lost == lost)
  }
}
