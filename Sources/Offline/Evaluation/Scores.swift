import Glibc
import Inference
import Runtime

/// The results of `emenet evaluate`: names and numbers in the order of the table.
package struct Scores {
  /// By name: "expression", "action_units", …
  package private(set) var parts: [Part] = []
  /// By task; empty if no probabilities are known.
  package private(set) var reliability: [(task: String, bins: [Calibration.Bin])] = []
  /// Coverage of the expression; nil if no probabilities are known.
  package private(set) var coverage: Coverage?

  package struct Part {
    package var name: String
    package var values: [(name: String, value: Double)]
    /// Why some values are not finite.
    package var absence: String?
  }

  package init(_ samples: EvaluationSamples) {
    if !samples.expression.labels.isEmpty { addExpression(samples) }
    if samples.actionUnits.contains(where: { !$0.labels.isEmpty }) { addActionUnits(samples) }
    if !samples.continuous[0].isEmpty {
      let values = (0..<2).map {
        Agreement.concordance(samples.continuous[$0], samples.continuousLabels[$0])
      }
      parts.append(
        Part(
          name: "valence_arousal",
          values: [
            ("frames", Double(samples.continuous[0].count)), ("valence_ccc", values[0]),
            ("arousal_ccc", values[1]), ("mean_ccc", (values[0] + values[1]) / 2),
          ]))
    }
    if !samples.votes.isEmpty { addVotes(samples) }
  }

  private mutating func addExpression(_ samples: EvaluationSamples) {
    let (found, actual) = (samples.expression.predicted, samples.expression.labels)
    let f1 = Agreement.macroF1(found, actual, classes: Expression.allCases.count)
    let accuracy = Agreement.accuracy(found, actual)
    var values = [
      ("frames", Double(found.count)), ("macro_f1", f1), ("accuracy", accuracy),
      (
        "balanced_accuracy",
        Agreement.balancedAccuracy(found, actual, classes: Expression.allCases.count)
      ),
      ("score", 0.67 * f1 + 0.33 * accuracy),
    ]
    let recall = Agreement.recall(found, actual, classes: Expression.allCases.count)
    for (label, value) in zip(Expression.allCases, recall) {
      values.append(("recall_" + label.name, value))
    }
    for label in Expression.allCases {
      values.append(
        ("f1_" + label.name, Agreement.f1(found, actual, positive: label.rawValue)))
    }
    parts.append(Part(name: "expression", values: values))
    addCalibration("expression", samples.expression)
    addCoverage(samples.expression)
  }

  /// Adds to the expression's calibration how many of the most certain predictions are right, and
  /// how many remain at a required accuracy.
  private mutating func addCoverage(_ judged: EvaluationSamples.Classified) {
    guard let last = parts.indices.last, parts[last].name == "expression_calibration" else {
      return
    }
    let coverage = Coverage(
      confidence: judged.certainty.map(\.confidence),
      isRight: zip(judged.predicted, judged.labels).map { $0 == $1 })
    self.coverage = coverage
    for tenth in 1...10 {
      guard let point = coverage.at(coverage: Double(tenth) / 10) else { continue }
      parts[last].values.append(("accuracy_of_surest_\(tenth * 10)%", point.accuracy))
    }
    for percent in [80, 90, 95] {
      let point = coverage.reaching(accuracy: Double(percent) / 100)
      parts[last].values.append(("share_left_for_\(percent)%_right", point?.coverage ?? 0))
      guard let point else { continue }
      parts[last].values.append(("confidence_for_\(percent)%_right", point.confidence))
    }
  }

  private mutating func addActionUnits(_ samples: EvaluationSamples) {
    let units = samples.actionUnits
    let f1 = units.map { Agreement.f1($0.predicted, $0.labels) }
    let mean = f1.reduce(0, +) / Double(f1.count)
    let all = units.reduce(into: EvaluationSamples.Classified()) { $0.append($1) }
    let accuracy = Agreement.accuracy(all.predicted, all.labels)
    var values = [
      ("labels", Double(all.labels.count)), ("mean_f1", mean), ("accuracy", accuracy),
      ("score", (mean + accuracy) / 2),
    ]
    for (unit, value) in zip(ActionUnit.allCases, f1) { values.append(("f1_" + unit.code, value)) }
    parts.append(Part(name: "action_units", values: values))
    addCalibration("action_units", all)
  }

  /// Calibration of all labels of the task together.
  private mutating func addCalibration(_ task: String, _ judged: EvaluationSamples.Classified) {
    guard !judged.labels.isEmpty, judged.certainty.count == judged.labels.count else { return }
    let isRight = zip(judged.predicted, judged.labels).map { $0 == $1 }
    let probabilities = judged.certainty.map(\.probabilities)
    let bins = Calibration.bins(
      confidence: judged.certainty.map(\.confidence), isRight: isRight)
    reliability.append((task, bins))
    let aleatoric = judged.certainty.map(\.aleatoric)
    let epistemic = judged.certainty.map(\.epistemic)
    let total = zip(aleatoric, epistemic).map { $0 + $1 }
    let doubt = judged.certainty.map { 1 - $0.confidence }
    func auroc(_ uncertainty: [Double]) -> Double {
      Calibration.errorAUROC(uncertainty: uncertainty, isRight: isRight)
    }
    let risks = (1...10).map { tenth in
      (
        "risk_at_coverage_\(tenth * 10)%",
        Calibration.risk(at: Double(tenth) / 10, uncertainty: total, isRight: isRight)
      )
    }
    parts.append(
      Part(
        name: task + "_calibration",
        values: [
          ("nll", Calibration.negativeLogLikelihood(probabilities, judged.labels)),
          ("ece", Calibration.expectedError(bins)), ("error_auroc_aleatoric", auroc(aleatoric)),
          ("error_auroc_epistemic", auroc(epistemic)), ("error_auroc_total", auroc(total)),
          ("error_auroc_confidence", auroc(doubt)),
        ] + risks,
        absence: isRight.contains(true)
          ? "every prediction is right, so there are no errors to detect"
          : "every prediction is wrong, so there are no hits to detect"))
  }

  private mutating func addVotes(_ samples: EvaluationSamples) {
    func best(_ row: [Double]) -> Int { row.indices.max { row[$0] < row[$1] } ?? 0 }
    let (found, people) = (samples.votedProbabilities, samples.votes)
    parts.append(
      Part(
        name: "votes",
        values: [
          ("pictures", Double(people.count)),
          ("accuracy_of_majority", Agreement.accuracy(found.map(best), people.map(best))),
          ("kl", Calibration.divergence(of: people, from: found)),
          (
            "entropy_rank_correlation",
            Agreement.rankCorrelation(
              found.map(Calibration.entropy), people.map(Calibration.entropy))
          ),
        ],
        absence: "all pictures have the same entropy, so there are no ranks to compare"))
  }

  /// `{"expression":{"frames":…,"macro_f1":…},…}`; a missing value is null.
  package var json: JSON {
    let parts = parts.map { part in
      (part.name, JSON.object(part.values.map { ($0.name, .number($0.value)) }))
    }
    let tables = reliability.map { task, bins in
      (
        task + "_reliability",
        JSON.list(
          bins.map {
            .object([
              ("count", .integer($0.count)), ("confidence", .number($0.confidence)),
              ("accuracy", .number($0.accuracy)),
            ])
          })
      )
    }
    let curve = coverage.map { coverage in
      stride(from: 0.05, through: 1.001, by: 0.05).compactMap { coverage.at(coverage: $0) }.map {
        JSON.object([
          ("coverage", .number($0.coverage)), ("accuracy", .number($0.accuracy)),
          ("confidence", .number($0.confidence)),
        ])
      }
    }
    return .object(parts + tables + (curve.map { [("expression_coverage", .list($0))] } ?? []))
  }

  package var table: String {
    parts.map { part in
      part.name.replacing("_", with: " ") + "\n"
        + part.values.map { name, value in
          let words = name.replacing("_", with: " ")
          let padding = String(repeating: " ", count: max(1, 28 - words.count))
          let absence = value.isFinite ? nil : part.absence.map { "  (\($0))" }
          return "  " + words + padding + Self.text(value, of: name) + (absence ?? "") + "\n"
        }.joined()
    }.joined()
  }

  /// The name as tables show it.
  static func text(_ value: Double, of name: String) -> String {
    let isCount = name == "frames" || name == "labels" || name == "pictures"
    return value.isFinite ? number(value, isCount ? "%.0f" : "%.4f") : "-"
  }

  static func number(_ value: Double, _ format: String) -> String {
    var buffer = [CChar](repeating: 0, count: 64)
    let count = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(
      decoding: buffer.prefix(Int(count)).map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
  }
}
