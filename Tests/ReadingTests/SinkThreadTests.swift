import Runtime
import TestSupport
import Testing

@testable import Reading

/// Takes readings while its gate is open.
private final class GatedWorker: SinkWorker {
  struct Full: Error {}

  private let log: Locked<[Int]>
  private let gate: Queue<Bool>
  private let completed: Event

  /// - Parameters:
  ///   - log: the frames that were processed
  ///   - gate: one element for each frame; false makes it fail
  init(_ log: Locked<[Int]>, _ gate: Queue<Bool>, _ completed: Event) {
    self.log = log
    self.gate = gate
    self.completed = completed
  }

  func work(_ reading: FrameReading) throws {
    guard let isGood = gate.waitForNext() else { return }
    guard isGood else { throw Full() }
    log.withLock { $0.append(reading.frame) }
  }

  func finish() { completed.raise() }
}

@Suite struct SinkThreadTests {
  private let log = Locked<[Int]>([])
  private let gate = Queue<Bool>(.unbounded)
  private let completed = Event()
  private let failures = Locked(0)

  private func sink(capacity: Int, deadline: Double = 60) -> SinkThread {
    SinkThread(
      "test", name: "test", capacity: capacity, deadline: deadline,
      worker: GatedWorker(log, gate, completed)
    ) { [failures] _ in failures.withLock { $0 += 1 } }
  }

  private var isComplete: Bool { completed.wait(until: monotonicNanoseconds()) }

  @Test func finishWorksOffWhatIsQueued() {
    let sink = sink(capacity: 8)
    for frame in 0..<5 { sink.take(Sample.reading(frame: frame)) }
    for _ in 0..<5 { gate.put(true) }
    let report = sink.finish()
    #expect(report.done == 5 && report.leftOut == 0 && !report.isAbandoned)
    #expect(log.withLock { $0 } == [0, 1, 2, 3, 4] && isComplete)
    #expect(sink.finish().done == 5)
  }

  @Test func row22_aStalledSinkTakesNoTimeAndCountsWhatItLeavesOut() {
    let sink = sink(capacity: 3, deadline: 0.05)
    sink.take(Sample.reading(frame: 0))
    let start = monotonicSeconds()
    for frame in 1...1000 { sink.take(Sample.reading(frame: frame)) }
    #expect(monotonicSeconds() - start < 5)
    let report = sink.finish()
    #expect(report.isAbandoned && !isComplete)
    // One is being processed, or is still queued with the others.
    #expect((997...998).contains(report.leftOut))
    gate.finish()
  }

  /// Encodes for longer than any deadline, as a slow machine does.
  private final class SlowWorker: SinkWorker {
    func work(_ reading: FrameReading) {
      let end = monotonicSeconds() + 0.5
      while monotonicSeconds() < end {}
    }

    func finish() {}
  }

  @Test func row22_whoIsSlowIsNotStuck() {
    let sink = SinkThread(
      "test", name: "test", capacity: 1, deadline: 0.1, worker: SlowWorker())
    sink.take(Sample.reading(frame: 0))
    let report = sink.finish()
    #expect(report.done == 1 && !report.isAbandoned)
  }

  @Test func row22_whatIsStuckIsNotWaitedForTwice() async {
    let sink = sink(capacity: 1, deadline: 0.05)
    for frame in 0..<5 { sink.take(Sample.reading(frame: frame)) }
    await sink.room(patience: 0.05)
    let start = monotonicSeconds()
    for _ in 0..<100 { await sink.room(patience: 60) }
    #expect(monotonicSeconds() - start < 30)
    gate.finish()
  }

  @Test func aSinkThatFailsSaysSoOnceAndCompletesWhatItHas() {
    let sink = sink(capacity: 8)
    for frame in 0..<8 { sink.take(Sample.reading(frame: frame)) }
    for isGood in [true, true, false] { gate.put(isGood) }
    let report = sink.finish()
    #expect(report.failure is GatedWorker.Full && report.done == 2)
    #expect(isComplete && failures.withLock { $0 } == 1)
    sink.take(Sample.reading(frame: 9))
    #expect(sink.finish().done == 2)
  }

  @Test func row21_whoHurriesLeavesOutWhatIsQueuedAndCompletes() {
    let sink = sink(capacity: 8)
    for frame in 0..<8 { sink.take(Sample.reading(frame: frame)) }
    sink.hurry()
    gate.finish()
    #expect(sink.finish().done <= 1)
    #expect(isComplete)
  }
}
