import CFFmpeg
import Testing

@testable import Capture
@testable import Runtime

@Suite struct TimelineTests {
  @Test(
    arguments: [
      // timestamps in 1/1000 s, nominal 0.1 s a picture -> times
      ([500, 600, 750], [0, 0.1, 0.25]),
      ([nil, nil, nil], [0, 0.1, 0.2]),
      // Back, twice the same, and wrapped: one nominal picture further each.
      ([0, 300, 200], [0, 0.3, 0.4]),
      ([0, 300, 300], [0, 0.3, 0.4]),
      ([Int64.max, Int64.min], [0, 0.1]),
    ] as [([Int64?], [Double])])
  func timesRiseStrictly(timestamps: [Int64?], times: [Double]) {
    var timeline = Timeline(timeBase: AVRational(num: 1, den: 1000), frameSeconds: 0.1)
    for (timestamp, time) in zip(timestamps, times) {
      #expect(abs(timeline.time(at: timestamp) - time) < 1e-12)
    }
  }
}
