import Capture
import Inference
import Runtime

extension EvaluationSamples {
  /// Reads two folders with `AU`, `EXPR`, `VA`; next to the predictions there may be `uncertainty`.
  ///
  /// - Parameter predictions: a folder written by `emenet predict`, or one inside it
  package init(predictions: String, labels: String) throws {
    for folder in [predictions, labels] where folderEntries(folder) == nil {
      throw Failure(
        folder, "is not a readable folder",
        do: "name what 'emenet predict' wrote with --predictions and the labels with --labels",
        exitCode: .nothingDone)
    }
    let merged = predictions + "/merged"
    let predictions = folderEntries(merged) == nil ? predictions : merged
    let tasks = Task.allCases.filter { folderEntries("\(labels)/\($0)") != nil }
    guard !tasks.isEmpty else {
      throw Failure(
        labels, "has none of the folders AU, EXPR and VA",
        do: "name the folder that holds them with --labels", exitCode: .nothingDone)
    }
    for task in tasks {
      let root = "\(labels)/\(task)/"
      for path in filesBelow(root) where path.hasSuffix(".txt") {
        // The labels may be "Train_Set/NAME.txt"; 'emenet predict' writes no such subfolders.
        let places = [String(path.dropFirst(root.count)), path.fileStem + ".txt"].map {
          "\(predictions)/\(task)/\($0)"
        }
        let found = places.first(where: TextFile.exists) ?? places[0]
        guard TextFile.exists(found) else {
          problems.append("\(found): missing, and there are labels for it")
          continue
        }
        let table = "\(predictions)/uncertainty/\(path.fileStem).csv"
        try compare(
          task, found, path,
          TextFile.exists(table) ? CertaintyTable(reading: table) : nil)
      }
    }
    expression.dropPartialCertainty()
    for unit in actionUnits.indices { actionUnits[unit].dropPartialCertainty() }
  }

  private enum Task: String, CaseIterable, CustomStringConvertible {
    case expression = "EXPR"
    case actionUnits = "AU"
    case continuous = "VA"

    var description: String { rawValue }

    var valueCount: Int {
      switch self {
      case .expression: 1
      case .actionUnits: ActionUnit.allCases.count
      case .continuous: 2
      }
    }
  }

  /// Parses line by line and stops at the first malformed line, which it reports.
  private mutating func compare(
    _ task: Task, _ found: String, _ labels: String, _ table: CertaintyTable?
  ) throws {
    let predicted = try TextFile.lines(of: found).dropFirst()
    let actual = try TextFile.lines(of: labels).dropFirst()
    if predicted.count != actual.count {
      problems.append("\(found): has \(predicted.count) frames and \(labels) \(actual.count)")
    }
    for (index, pair) in zip(predicted, actual).enumerated() {
      func numbers(_ line: String, of file: String) -> [Double]? {
        let values = line.split(separator: ",", omittingEmptySubsequences: false).map {
          Double($0.trimmingPrefix(while: \.isWhitespace)) ?? .nan
        }
        return values.count == task.valueCount
          && values.allSatisfy { $0.isFinite && abs($0) < 1e6 } ? values : nil
      }
      func complain(_ line: String, of file: String) {
        problems.append(
          "\(file): line \(index + 2): '\(line)', but \(task.valueCount) numbers are expected")
      }
      guard let values = numbers(pair.0, of: found) else { return complain(pair.0, of: found) }
      guard let truth = numbers(pair.1, of: labels) else { return complain(pair.1, of: labels) }
      add(task, values, truth, table, row: index)
    }
  }

  private mutating func add(
    _ task: Task, _ values: [Double], _ truth: [Double], _ table: CertaintyTable?, row: Int
  ) {
    switch task {
    case .expression:
      guard Expression(rawValue: Int(truth[0])) != nil else { return }
      expression.append(
        Int(values[0]), label: Int(truth[0]), table?.certainty(ofExpressionIn: row))
    case .actionUnits:
      for (unit, action) in ActionUnit.allCases.enumerated() where [0, 1].contains(truth[unit]) {
        actionUnits[unit].append(
          Int(values[unit]), label: Int(truth[unit]), table?.certainty(of: action, in: row))
      }
    case .continuous:
      guard truth.allSatisfy({ (-1...1).contains($0) }) else { return }
      for axis in 0..<2 {
        continuous[axis].append(values[axis])
        continuousLabels[axis].append(truth[axis])
      }
    }
  }
}

/// The table that `emenet predict` wrote next to the merged files, by column name.
private struct CertaintyTable {
  private let columns: [String: Int]
  private let rows: [[String]]

  init(reading path: String) throws {
    let lines = try TextFile.lines(of: path)
    let names = CSV.cells(of: lines.first ?? "")
    columns = Dictionary(zip(names, names.indices)) { first, _ in first }
    rows = lines.dropFirst().map(CSV.cells)
  }

  func certainty(ofExpressionIn row: Int) -> EvaluationSamples.Classified.Certainty? {
    certainty("expression", row) {
      let probabilities = Expression.allCases.compactMap { value($0.name, row) }
      return probabilities.count == Expression.allCases.count ? probabilities : nil
    }
  }

  func certainty(
    of unit: ActionUnit, in row: Int
  ) -> EvaluationSamples.Classified.Certainty? {
    certainty(unit.code, row) { value(unit.code, row).map { [1 - $0, $0] } }
  }

  private func certainty(
    _ name: String, _ row: Int, _ probabilities: () -> [Double]?
  ) -> EvaluationSamples.Classified.Certainty? {
    guard let probabilities = probabilities(), let aleatoric = value(name + "_aleatoric", row),
      let epistemic = value(name + "_epistemic", row)
    else { return nil }
    return .init(
      probabilities: probabilities,
      confidence: value(name + "_confidence", row) ?? probabilities.max() ?? 0,
      aleatoric: aleatoric, epistemic: epistemic)
  }

  private func value(_ name: String, _ row: Int) -> Double? {
    guard let column = columns[name], row < rows.count, column < rows[row].count else {
      return nil
    }
    // Probabilities and uncertainties; values outside [0, 1] are ignored.
    return Double(rows[row][column]).flatMap { (0...1).contains($0) ? $0 : nil }
  }
}
