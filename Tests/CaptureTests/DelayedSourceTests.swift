import Imaging
import Testing

@testable import Capture
@testable import Runtime

/// Delivers frames at their capture times, 100 a second.
private final class TimedFrames: FrameSource {
  private let count: Int
  private let beginning = monotonicSeconds()
  private let given = Locked(0)

  init(count: Int) {
    self.count = count
  }

  let format = SourceFormat(
    name: "timed", path: "", width: 2, height: 2, framesPerSecond: 100, pixelFormat: "grey")
  let state = SourceState.streaming
  var counters: SourceCounters { SourceCounters(delivered: given.withLock { $0 }) }
  func start() throws {}
  func stop() {}

  func next() async throws -> Frame? {
    let number = given.withLock { given in
      given += 1
      return given - 1
    }
    guard number < count else { throw CameraError.lost(device: "timed", afterSeconds: 1) }
    let time = beginning + Double(number) / 100
    try await Task.sleep(for: .seconds(max(0, time - monotonicSeconds())))
    return Frame(
      image: Image(width: 2, height: 2), time: Double(number) / 100, clockTime: time,
      duration: 0.01, sequence: number, capturedAt: 0, dropped: 0)
  }
}

@Suite struct DelayedSourceTests {
  @Test func framesWaitAndNoneIsGivenTwiceOrLostUncounted() async throws {
    let source = DelayedSource(TimedFrames(count: 60), delay: 0.1)
    try source.start()
    var frames: [Frame] = []
    await #expect(throws: CameraError.self) {
      while let frame = try await source.next() {
        // Counted from the middle of the frame, and not earlier.
        #expect(monotonicSeconds() >= frame.clockTime + 0.005 + 0.1)
        frames.append(frame)
        // The reader is slow for a while.
        if frame.sequence == 20 { try await Task.sleep(for: .milliseconds(150)) }
      }
    }
    let last = try #require(frames.last)
    #expect(last.sequence == 59)
    #expect(frames.count + last.dropped == 60)
    #expect(source.counters.dropped == last.dropped && last.dropped > 5)
    #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.sequence < $1.sequence })
  }

  @Test func stopEndsItAtOnce() async throws {
    let source = DelayedSource(TimedFrames(count: 1000), delay: 10)
    try source.start()
    source.stop()
    #expect(try await source.next() == nil)
  }
}
