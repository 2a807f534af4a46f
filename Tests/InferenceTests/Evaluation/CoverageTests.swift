import Testing

@testable import Inference

@Suite struct CoverageTests {
  @Test("Of the surest so many are right; the same confidence is kept together")
  func curve() {
    let coverage = Coverage(
      confidence: [0.9, 0.5, 0.8, 0.8, 0.2], isRight: [true, false, true, false, true])
    #expect(coverage.points.map(\.confidence) == [0.9, 0.8, 0.5, 0.2])
    #expect(coverage.points.map(\.coverage) == [0.2, 0.6, 0.8, 1])
    #expect(coverage.points.map(\.accuracy) == [1, 2.0 / 3, 0.5, 0.6])
    #expect(coverage.reaching(accuracy: 0.6)?.coverage == 1)
    #expect(coverage.reaching(accuracy: 0.65)?.confidence == 0.8)
    #expect(coverage.at(coverage: 0.5)?.coverage == 0.6)
  }

  @Test("An accuracy that no threshold reaches has none")
  func never() {
    let coverage = Coverage(confidence: [0.9, 0.5], isRight: [false, true])
    #expect(coverage.reaching(accuracy: 0.9) == nil)
    #expect(Coverage(confidence: [], isRight: []).points.isEmpty)
  }

  @Test("Recall of each class, and their mean over those that occur")
  func recall() {
    let (found, actual) = ([0, 0, 1, 1, 2, 0], [0, 0, 0, 1, 1, 1])
    let recall = Agreement.recall(found, actual, classes: 3)
    #expect(recall[0] == 2.0 / 3 && recall[1] == 1.0 / 3 && recall[2].isNaN)
    #expect(Agreement.balancedAccuracy(found, actual, classes: 3) == 0.5)
  }
}
