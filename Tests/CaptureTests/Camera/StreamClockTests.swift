import Testing

@testable import Capture

@Suite struct StreamClockTests {
  /// Pictures of 25 a second that the network delays by up to 0.2 s.
  @Test func jitterOfTheNetworkIsTakenOut() {
    var clock = StreamClock()
    var last: UInt64 = 0
    for frame in 0..<100 {
      let delay = frame % 10 == 0 ? 0.01 : Double(frame * 7 % 20) * 0.01 + 0.01
      let taken = 1000 + Double(frame) * 0.04
      let arrival = UInt64((taken + delay) * 1e9)
      let found = clock.captured(own: 5 + Double(frame) * 0.04, arrival: arrival)
      #expect(found <= arrival)
      if frame > 0 { #expect(abs(Double(found - last) * 1e-9 - 0.04) < 1e-3, "\(frame)") }
      last = found
    }
  }

  @Test func aClockThatJumpsBeginsAnew() {
    var clock = StreamClock()
    _ = clock.captured(own: 100, arrival: 1_000_000_000_000)
    // Back, far ahead, and none at all.
    for own in [3.0, 5000, nil] {
      let arrival: UInt64 = 1_001_000_000_000
      #expect(arrival - clock.captured(own: own, arrival: arrival) < 1_000_000)
    }
  }
}
