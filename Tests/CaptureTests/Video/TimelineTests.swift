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
      // Back, repeated, and wrapped: each advances by one nominal picture.
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

  /// Row 38: a picture that had to be moved past the next one's own time does not shift all others.
  @Test func row38_timesRiseByMoreThanTheirLastDigit() {
    var timeline = Timeline(timeBase: AVRational(num: 1, den: 90_000), frameSeconds: 1 / 12.0)
    // As in a damaged broadcast: the third repeats the second's timestamp, the fourth is on time.
    let times = [0, 7500, 7500, 15_000, 22_500].map { timeline.time(at: $0) }
    for (time, expected) in zip(times, [0, 1 / 12.0, 2 / 12.0, 2 / 12.0, 3 / 12.0]) {
      #expect(abs(time - expected) < 1e-5)
    }
    let written = times.map { ($0 * 1e6).rounded() }
    #expect(zip(written, written.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// Row 32: pictures lost before the first one still take up their time.
  @Test func row32_theFirstPictureIsShownBehindThoseLostBeforeIt() {
    var timeline = Timeline(timeBase: AVRational(num: 1, den: 10), frameSeconds: 0.1)
    timeline.skip(3)
    #expect(abs(timeline.time(at: 3) - 0.3) < 1e-12)
    timeline.skip(5)
    #expect(abs(timeline.time(at: 4) - 0.4) < 1e-12)
  }
}
