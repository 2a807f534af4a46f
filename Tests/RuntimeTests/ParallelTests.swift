import Testing

@testable import Runtime

@Suite struct ParallelTests {
  private struct Odd: Error, Equatable { var number: Int }

  @Test(arguments: [0, 1, 2, 3, 5, 1000])
  func resultsKeepTheirOrder(count: Int) {
    let squares = inParallel(Array(0..<count)) { $0 * $0 }
    #expect(squares == (0..<count).map { $0 * $0 })
  }

  @Test func theFirstErrorInOrderIsThrown() {
    let tried = Locked(0)
    let error = #expect(throws: Odd.self) {
      try inParallel([0, 2, 3, 4, 5, 7]) { number throws(Odd) in
        tried.withLock { $0 += 1 }
        guard number % 2 == 0 else { throw Odd(number: number) }
      }
    }
    #expect(error == Odd(number: 3))
    #expect(tried.withLock { $0 } == 6)
  }
}
