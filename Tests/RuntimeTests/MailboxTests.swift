import Testing

@testable import Runtime

@Suite struct MailboxTests {
  @Test func row9_latestReplacesAndCounts() async throws {
    let mailbox = Mailbox<[Int]>(.latest)
    for number in 0..<5 { #expect(mailbox.put { [number, $0] }) }
    // The fifth, which replaced the fourth: four overwritten.
    #expect(try await mailbox.next() == [4, 4])
    #expect(mailbox.put { [5, $0] })
    mailbox.finish()
    #expect(try await mailbox.next() == [5, 4])
    #expect(try await mailbox.next() == nil)
    #expect(mailbox.overwritten == 4 && mailbox.fetched == 2)
    #expect(!mailbox.put { [$0] })
  }

  @Test(arguments: [1, 2, 7])
  func allLosesNothingHoweverSlowTheReader(ahead: Int) async throws {
    let mailbox = Mailbox<Int>(.all(ahead: ahead))
    let thread = try JoinableThread {
      for number in 0..<200 { _ = mailbox.put { _ in number } }
      mailbox.finish()
    }
    var got: [Int] = []
    while let number = try await mailbox.next() {
      got.append(number)
      if number % 50 == 0 { try await Task.sleep(for: .milliseconds(2)) }
    }
    thread.join()
    #expect(got == Array(0..<200))
    #expect(mailbox.overwritten == 0)
  }

  @Test func cancelFreesAWaitingWriterAndReader() async throws {
    let full = Mailbox<Int>(.all(ahead: 1))
    let thread = try JoinableThread { while full.put({ _ in 1 }) {} }
    full.cancel()
    thread.join()
    #expect(try await full.next() == nil)

    let empty = Mailbox<Int>(.latest)
    async let waiting = empty.next()
    try await Task.sleep(for: .milliseconds(5))
    empty.cancel()
    #expect(try await waiting == nil)
  }

  @Test func endsWithAnErrorAfterWhatCameBefore() async throws {
    struct Broken: Error {}
    let mailbox = Mailbox<Int>(.latest)
    _ = mailbox.put { _ in 1 }
    mailbox.finish(throwing: Broken())
    #expect(try await mailbox.next() == 1)
    await #expect(throws: Broken.self) { try await mailbox.next() }
    mailbox.cancel()
    #expect(try await mailbox.next() == nil)
  }

  @Test func aCancelledTaskWaitsNoLonger() async throws {
    let mailbox = Mailbox<Int>(.latest)
    for delay in [0, 5] {
      let task = Task { try await mailbox.next() }
      try await Task.sleep(for: .milliseconds(delay))
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    _ = mailbox.put { _ in 3 }
    #expect(try await mailbox.next() == 3)
  }
}
