import Testing

@testable import Reading

@Suite struct FrameBudgetTests {
  /// Runs `frames` frames at a cost of `cost` seconds per member, and returns the members that ran
  /// on each.
  private func run(_ budget: inout FrameBudget, frames: Int, cost: Double) -> [Range<Int>] {
    var clock = 0.0
    return (0..<frames).map { _ in
      let range = budget.next(clock)
      clock += cost * Double(range.count)
      budget.finished(clock)
      return range
    }
  }

  @Test func withoutABudgetAllRunAlways() {
    var budget = FrameBudget(members: 5, threads: 1, seconds: nil)
    #expect(run(&budget, frames: 100, cost: 1).allSatisfy { $0 == 0..<5 })
  }

  @Test func allRunWhereTheyFit() {
    var budget = FrameBudget(members: 5, threads: 1, seconds: 0.033)
    #expect(run(&budget, frames: 100, cost: 0.006).allSatisfy { $0 == 0..<5 })
  }

  @Test(arguments: [0.008, 0.012, 0.020, 0.2])
  func otherwiseEveryMemberStillGetsItsTurn(cost: Double) {
    var budget = FrameBudget(members: 5, threads: 1, seconds: 0.033)
    let ranges = run(&budget, frames: 400, cost: cost).suffix(20)
    #expect(budget.perFrame == max(1, Int(0.033 / cost)))
    #expect(Set(ranges.flatMap { Array($0) }) == Set(0..<5))
    #expect(ranges.allSatisfy { $0.count <= budget.perFrame })
  }

  @Test func moreRunAgainWhenThereIsTime() {
    var budget = FrameBudget(members: 5, threads: 1, seconds: 0.033)
    _ = run(&budget, frames: 200, cost: 0.02)
    #expect(budget.perFrame == 1)
    _ = run(&budget, frames: 400, cost: 0.004)
    #expect(budget.perFrame == 5)
  }

  /// A frame takes `alone` seconds on one thread, and half of that on two.
  private func run(_ budget: inout FrameBudget, frames: Int, alone: Double) {
    for _ in 0..<frames {
      _ = budget.next(0)
      budget.finished(budget.isOnOneThread ? alone : alone / Double(budget.threads))
    }
  }

  @Test func oneThreadReadsWhatItReadsWithTimeToSpare() {
    var budget = FrameBudget(members: 5, threads: 2, seconds: 0.033)
    #expect(!budget.isOnOneThread)
    run(&budget, frames: FrameBudget.window, alone: 0.012)
    #expect(budget.isOnOneThread && budget.perFrame == 5)
    run(&budget, frames: 100, alone: 0.024)
    #expect(budget.isOnOneThread)
    for _ in 0..<100 {
      run(&budget, frames: 1, alone: 0.1)
      run(&budget, frames: 14, alone: 0.012)
    }
    #expect(budget.isOnOneThread && budget.perFrame == 5, "single frames were held up")
    // Not late twice in a row, but on the whole.
    for _ in 0..<10 {
      run(&budget, frames: 1, alone: 0.048)
      run(&budget, frames: 1, alone: 0.024)
    }
    #expect(!budget.isOnOneThread && budget.perFrame == 5)
    run(&budget, frames: 40, alone: 0.012)
    #expect(budget.isOnOneThread)
    // More faces: the next frame but one is shared.
    run(&budget, frames: 2, alone: 0.026)
    #expect(!budget.isOnOneThread)
    run(&budget, frames: 100, alone: 0.026)
    #expect(!budget.isOnOneThread && budget.perFrame == 5)
  }

  @Test func manyThreadsShareWhatWouldTakeOneTooLong() {
    var budget = FrameBudget(members: 5, threads: 4, seconds: 0.033)
    run(&budget, frames: 100, alone: 0.020)
    #expect(!budget.isOnOneThread)
    run(&budget, frames: FrameBudget.window, alone: 0.019)
    #expect(budget.isOnOneThread)
  }

  @Test func aSlowSourceIsNotReadLater() {
    var budget = FrameBudget(members: 5, threads: 2, seconds: 1)
    run(&budget, frames: 100, alone: 0.021)
    #expect(!budget.isOnOneThread)
    run(&budget, frames: 100, alone: 0.019)
    #expect(budget.isOnOneThread)
  }

  @Test func withoutABudgetAllThreadsShareAlways() {
    var budget = FrameBudget(members: 5, threads: 2, seconds: nil)
    run(&budget, frames: 100, alone: 0.001)
    #expect(!budget.isOnOneThread)
  }
}
