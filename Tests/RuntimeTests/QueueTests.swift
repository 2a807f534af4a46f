import Testing

@testable import Runtime

@Suite struct QueueTests {
  @Test func row9_theNewestReplacesAndCounts() async throws {
    let queue = Queue<[Int]>(.newestWins(capacity: 1))
    for number in 0..<5 {
      #expect(queue.put { [number, $0] } == (number == 0 ? .queued : .replaced))
    }
    // The fifth element replaced the fourth; four were replaced in total.
    #expect(try await queue.next() == [4, 4])
    #expect(queue.put { [5, $0] } == .queued)
    queue.finish()
    #expect(try await queue.next() == [5, 4])
    #expect(try await queue.next() == nil)
    #expect(queue.counters.replaced == 4 && queue.counters.fetched == 2)
    #expect(queue.put([0]) == .closed)
  }

  @Test func ofSeveralTheYoungestMakesRoomSoThatTheLastGoesThrough() async throws {
    let queue = Queue<Int>(.newestWins(capacity: 3))
    for number in 0..<10 { queue.put(number) }
    queue.finish()
    var got: [Int] = []
    while let number = queue.waitForNext() { got.append(number) }
    #expect(got == [0, 1, 9])
    #expect(queue.counters.replaced == 7)
  }

  @Test(arguments: [1, 2, 7])
  func aWriterThatWaitsLosesNothingHoweverSlowTheReader(capacity: Int) async throws {
    let queue = Queue<Int>(.writerWaits(capacity: capacity))
    let thread = NamedThread("test") {
      for number in 0..<200 { queue.put(number) }
      queue.finish()
    }
    var got: [Int] = []
    while let number = try await queue.next() {
      got.append(number)
      if number % 50 == 0 { try await Task.sleep(for: .milliseconds(2)) }
    }
    thread.join()
    #expect(got == Array(0..<200))
    #expect(queue.counters.replaced == 0)
  }

  @Test func cancelFreesAWaitingWriterAndReader() async throws {
    let full = Queue<Int>(.writerWaits(capacity: 1))
    let thread = NamedThread("test") { while full.put(1) != .closed {} }
    full.cancel()
    thread.join()
    #expect(try await full.next() == nil)

    let empty = Queue<Int>(.newestWins(capacity: 1))
    async let waiting = empty.next()
    try await Task.sleep(for: .milliseconds(5))
    empty.cancel()
    #expect(try await waiting == nil)
  }

  @Test func endsWithAnErrorAfterWhatCameBefore() async throws {
    struct Broken: Error {}
    let queue = Queue<Int>(.newestWins(capacity: 1))
    queue.put(1)
    queue.finish(throwing: Broken())
    #expect(try await queue.next() == 1)
    await #expect(throws: Broken.self) { try await queue.next() }
    queue.cancel()
    #expect(try await queue.next() == nil)
  }

  @Test func aCancelledTaskWaitsNoLonger() async throws {
    let queue = Queue<Int>(.newestWins(capacity: 1))
    for delay in [0, 5] {
      let task = Task { try await queue.next() }
      try await Task.sleep(for: .milliseconds(delay))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    queue.put(3)
    #expect(try await queue.next() == 3)
  }

  @Test func aTaskThatAsksForRoomGetsItOrLearnsThatThereIsNone() async throws {
    let queue = Queue<Int>(.newestWins(capacity: 2))
    #expect(await queue.room(within: 0))
    queue.put(1)
    queue.put(2)
    #expect(await !queue.room(within: 0.01))
    // The reader makes room, and so does the end, since a put then loses nothing.
    for free: @Sendable () -> Void in [{ _ = queue.waitForNext() }, { queue.finish() }] {
      async let hasRoom = queue.room(within: 60)
      try await Task.sleep(for: .milliseconds(5))
      free()
      #expect(await hasRoom)
      queue.put(3)
    }
    let full = Queue<Int>(.newestWins(capacity: 1))
    full.put(1)
    let asking = Task { await full.room(within: 60) }
    try await Task.sleep(for: .milliseconds(5))
    asking.cancel()
    #expect(await !asking.value)
  }
}
