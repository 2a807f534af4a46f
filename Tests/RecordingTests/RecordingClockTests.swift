import Testing

@testable import Recording

@Suite struct RecordingClockTests {
  @Test(
    arguments: [
      ([5, 5.1, 5.2], [0, 0.1, 0.2]),
      ([0, 0.1, 0.1, 0.05, 0.2], [0, 0.1, nil, nil, 0.2]),
      // If the clock is changed, times continue from the current position in the video.
      ([100, 100.5, 3, 3.5], [0, 0.5, 0.6, 1.1]),
      ([0, 1, 1e9, 1e9 + 1], [0, 1, 1.1, 2.1]),
      ([0, .nan, 0.5, .infinity], [0, nil, 0.5, nil]),
      // A camera that was gone for half a minute leaves a gap of the same length.
      ([0, 30], [0, 30]),
    ] as [([Double], [Double?])])
  func row7_timesStrictlyRise(source: [Double], expected: [Double?]) {
    var clock = RecordingClock(interval: 0.1)
    let placed = source.map { clock.place($0) }
    for (value, expected) in zip(placed, expected) {
      #expect((value == nil) == (expected == nil))
      if let value, let expected { #expect(abs(value - expected) < 1e-6) }
    }
    let times = placed.compactMap { $0 }
    #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
  }
}

@Suite struct RateGridTests {
  /// (rate of the source, rate of the grid)
  @Test(arguments: [(30, 30), (15, 30), (60, 30), (29.97, 30), (24, 25), (7, 30), (30.3, 30)])
  func theGridLastsAsLongAsTheSource(source: Double, rate: Double) {
    var grid = RateGrid(framesPerSecond: rate)
    var filled = 0
    for frame in 0..<Int(source * 20) {
      if let repeats = grid.take(Double(frame) / source) {
        filled += repeats + 1
        #expect(abs(Double(grid.count - 1) - Double(frame) / source * rate) <= 0.75 + 1e-9)
      }
    }
    #expect(filled == grid.count)
    #expect(abs(Double(grid.count) / rate - 20) <= max(1 / source, 1 / rate) + 1e-9)
  }

  @Test func jitterAloneNeitherRepeatsNorSkips() {
    var grid = RateGrid(framesPerSecond: 30)
    for frame in 0..<900 {
      let jitter = 0.4 * (frame % 3 == 0 ? 1 : frame % 3 == 1 ? -1 : 0.3)
      #expect(grid.take((Double(frame) + (frame == 0 ? 0 : jitter)) / 30) == 0)
    }
    #expect(grid.count == 900)
  }
}
