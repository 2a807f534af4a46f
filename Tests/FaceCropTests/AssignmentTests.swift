import Testing

@testable import FaceCrop

@Suite struct AssignmentTests {
  /// Tries every way to pair rows with columns.
  private func best(_ gains: [[Float]], row: Int = 0, used: Set<Int> = []) -> Float {
    guard row < gains.count else { return 0 }
    var most = best(gains, row: row + 1, used: used)
    for column in gains[row].indices where !used.contains(column) {
      most = max(most, gains[row][column] + best(gains, row: row + 1, used: used.union([column])))
    }
    return most
  }

  @Test(arguments: 0...5, 0...5)
  func equalsEveryPairingTriedOut(rows: Int, columns: Int) {
    var state: UInt64 = UInt64(rows * 7 + columns + 1)
    for _ in 0..<20 {
      let gains = (0..<rows).map { _ in
        (0..<columns).map { _ -> Float in
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          let value = Float(state >> 40) / Float(1 << 24)
          return value < 0.4 ? 0 : value
        }
      }
      let pairs = assign(gains)
      #expect(pairs.count == rows)
      let taken = pairs.compactMap { $0 }
      #expect(Set(taken).count == taken.count)
      let sum = pairs.enumerated().reduce(Float(0)) { sum, pair in
        sum + (pair.element.map { gains[pair.offset][$0] } ?? 0)
      }
      #expect(abs(sum - best(gains)) < 1e-4)
      for (row, column) in pairs.enumerated() {
        if let column { #expect(gains[row][column] > 0) }
      }
    }
  }
}
