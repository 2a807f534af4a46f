import Foundation
import Runtime
import TestSupport
import Testing
import Theme

@testable import Offline

@Suite struct ScoresOfSetsTests {
  /// `right` of `count` faces are labelled correctly, each with more confidence than the next.
  private func set(_ name: String, count: Int, right: Int, label: Int) -> (String, Scores) {
    var samples = EvaluationSamples()
    for index in 0..<count {
      let found = index < right ? label : (label + 1) % 7
      var probabilities = [Double](repeating: 0.05, count: 7)
      probabilities[found] = 0.7
      samples.expression.append(
        found, label: label,
        .init(
          probabilities: probabilities, confidence: 0.9 - 0.05 * Double(index), aleatoric: 0.3,
          epistemic: 0.1))
    }
    return (name, Scores(samples))
  }

  @Test func severalSetsStandSideBySide() throws {
    let scores = ScoresOfSets(sets: [
      set("one", count: 10, right: 9, label: 1), set("two \"b\"", count: 4, right: 2, label: 4),
    ])
    let lines = scores.table.split(separator: "\n").map(String.init)
    #expect(lines[0].split(separator: " ") == ["one", "two", "\"b\""])
    let accuracy = try #require(lines.first { $0.hasPrefix("  accuracy ") })
    #expect(accuracy.split(separator: " ") == ["accuracy", "0.9000", "0.5000"])
    let recall = try #require(lines.first { $0.hasPrefix("  recall Anger") })
    #expect(recall.split(separator: " ") == ["recall", "Anger", "0.9000", "-"])
    #expect(Set(lines.filter { $0.hasPrefix("  ") }.map(\.count)).count == 1)

    let object = try #require(
      JSONSerialization.jsonObject(with: Data(scores.json.text.utf8)) as? [String: [String: Any]])
    let sets = try #require(object["sets"])
    #expect(Set(sets.keys) == ["one", "two \"b\""])
    let one = try #require(sets["one"] as? [String: Any])
    let values = try #require(one["expression"] as? [String: Any])
    #expect(values["balanced_accuracy"] as? Double == 0.9)
    #expect(values["recall_Fear"] is NSNull)
    let calibration = try #require(one["expression_calibration"] as? [String: Any])
    #expect(calibration["share_left_for_90%_right"] as? Double == 1)
    #expect(calibration["share_left_for_95%_right"] as? Double == 0.9)
    #expect(abs((calibration["confidence_for_95%_right"] as? Double ?? 9) - 0.5) < 1e-9)
    #expect((one["expression_coverage"] as? [[String: Double]])?.count == 20)
  }

  @Test func oneSetIsItsOwnTableAndObject() {
    let (name, scores) = set("one", count: 3, right: 3, label: 2)
    let sets = ScoresOfSets(sets: [(name, scores)])
    #expect(sets.table == scores.table && sets.json.text == scores.json.text)
  }

  @Test func thePictureHasAPanelForEachSetAndOneForCoverage() throws {
    let folder = ScratchFolder()
    let plot = ReliabilityPlot(
      ScoresOfSets(sets: [
        set("one", count: 10, right: 9, label: 1), set("two", count: 4, right: 2, label: 4),
      ]))
    #expect(plot.tasks.map(\.task) == ["one: expression", "two: expression"])
    #expect(plot.coverages.map(\.name) == ["one", "two"])
    let path = folder.file("plot.svg")
    try plot.write(PictureFormat(path: path)!, to: OutputFile(path: path, force: false))
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("</svg>"))
  }
}
