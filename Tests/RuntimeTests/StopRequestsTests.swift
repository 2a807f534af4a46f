import Testing

@testable import Runtime

@Suite struct StopRequestsTests {
  /// Times of signals in s, and what each means.
  @Test(
    arguments: [
      [(0.0, .stop)],
      // `timeout` signals a process and then its group.
      [(0, .stop), (0.015, .repeated), (1.9, .repeated)],
      [(5, .stop), (7.1, .hurry), (7.9, .giveUp)],
      [(5, .stop), (5.1, .repeated), (7.1, .hurry), (8.2, .hurry), (9.1, .giveUp)],
    ] as [[(Double, StopRequests.Meaning)]])
  func row21_signalsTogetherAreOneRequest(signals: [(Double, StopRequests.Meaning)]) {
    var requests = StopRequests()
    for (time, meaning) in signals { #expect(requests.take(at: time) == meaning, "at \(time) s") }
  }
}
