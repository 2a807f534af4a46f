import Testing

@testable import Reading

@Suite struct MemberTurnsTests {
  /// Runs `frames` frames at a cost of `cost` seconds per member, and returns the members that ran
  /// on each.
  private func run(_ turns: inout MemberTurns, frames: Int, cost: Double) -> [Range<Int>] {
    var clock = 0.0
    return (0..<frames).map { _ in
      let range = turns.next(clock)
      clock += cost * Double(range.count)
      turns.finished(clock)
      return range
    }
  }

  @Test func withoutABudgetAllRunAlways() {
    var turns = MemberTurns(members: 5, budget: nil)
    #expect(run(&turns, frames: 100, cost: 1).allSatisfy { $0 == 0..<5 })
  }

  @Test func allRunWhereTheyFit() {
    var turns = MemberTurns(members: 5, budget: 0.033)
    #expect(run(&turns, frames: 100, cost: 0.006).allSatisfy { $0 == 0..<5 })
  }

  @Test(arguments: [0.008, 0.012, 0.020, 0.2])
  func otherwiseEveryMemberStillGetsItsTurn(cost: Double) {
    var turns = MemberTurns(members: 5, budget: 0.033)
    let ranges = run(&turns, frames: 400, cost: cost).suffix(20)
    #expect(turns.perFrame == max(1, Int(0.033 / cost)))
    #expect(Set(ranges.flatMap { Array($0) }) == Set(0..<5))
    #expect(ranges.allSatisfy { $0.count <= turns.perFrame })
  }

  @Test func moreRunAgainWhenThereIsTime() {
    var turns = MemberTurns(members: 5, budget: 0.033)
    _ = run(&turns, frames: 200, cost: 0.02)
    #expect(turns.perFrame == 1)
    _ = run(&turns, frames: 400, cost: 0.004)
    #expect(turns.perFrame == 5)
  }
}
