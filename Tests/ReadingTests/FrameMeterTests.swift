import Testing

@testable import Reading

@Suite struct FrameMeterTests {
  @Test(arguments: [5.0, 25, 30, 60])
  func findsTheRate(rate: Double) {
    var meter = FrameMeter()
    for frame in 0..<Int(rate * 5) { meter.add(at: Double(frame) / rate, latencyMilliseconds: 1) }
    #expect(abs(meter.framesPerSecond(at: 5) - rate) < 0.02 * rate + 0.3)
  }

  @Test func fallsToZeroWhenFramesStop() {
    var meter = FrameMeter()
    for frame in 0..<90 { meter.add(at: Double(frame) / 30, latencyMilliseconds: 1) }
    #expect(meter.framesPerSecond(at: 4) < 25)
    #expect(meter.framesPerSecond(at: 9) == 0)
  }

  @Test func quantilesOfLatency() {
    var meter = FrameMeter(window: 100)
    for value in 1...100 { meter.add(at: Double(value) / 10, latencyMilliseconds: Double(value)) }
    #expect(meter.latencyMilliseconds(quantile: 0.5) == 51)
    #expect(meter.latencyMilliseconds(quantile: 0.95) == 96)
  }
}
