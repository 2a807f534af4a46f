import CFFmpeg
import Testing

@testable import Capture

/// Row 34: no number in a file causes a long wait or ends the program.
@Suite struct PaceTests {
  @Test(
    arguments: [
      ([0, 0.5, 1], [0, 0.5, 1]),
      // A pause of years lasts five seconds; the distances after it stay the same.
      ([0, 2e9, 2e9 + 1], [0, 5, 6]),
      ([0, 9e9, 1e308], [0, 5, 10]),
      ([1e-9, 6, 6.25], [0, 5, 5.25]),
    ] as [([Double], [Double])])
  func row34_noPauseIsLongerThanFiveSeconds(times: [Double], due: [Double]) {
    var pace = Pace(start: 1_000)
    for (time, expected) in zip(times, due) {
      #expect(abs(Double(pace.due(time) - 1_000) - expected * 1e9) < 1e3, "\(times)")
    }
  }

  @Test(
    arguments: [
      // timestamp, seconds of a tick
      (Int64.max, 1), (.min, 1), (90_000_000_000_333, 1000), (.max, 1_000_000),
    ] as [(Int64, Int32)])
  func row34_aTimeThatNoClockShowsIsNoTime(timestamp: Int64, ticksPerSecond: Int32) {
    var timeline = Timeline(
      timeBase: AVRational(num: 1, den: ticksPerSecond), frameSeconds: 0.1)
    #expect(timeline.isPossible(0))
    _ = timeline.time(at: 0)
    #expect(timeline.isPossible(Int64(ticksPerSecond) * 1_000_000))
    #expect(!timeline.isPossible(timestamp))
  }
}
