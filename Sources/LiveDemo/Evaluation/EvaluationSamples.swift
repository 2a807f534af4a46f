import Capture
import Inference

/// Predictions beside labels, for the frames that have a label.
struct EvaluationSamples {
  var expression: [Int] = []
  var expressionLabels: [Int] = []
  /// Beside `expression`, (n, 7); empty where only classes are known.
  var probabilities: [[Double]] = []
  /// Beside `probabilities`.
  var aleatoric: [Double] = []
  var epistemic: [Double] = []
  /// (12, n)
  var actionUnits = [[Int]](repeating: [], count: 12)
  var actionUnitLabels = [[Int]](repeating: [], count: 12)
  /// Valence, arousal: (2, n)
  var continuous: [[Double]] = [[], []]
  var continuousLabels: [[Double]] = [[], []]
  /// What people voted, (n, 7), and what was predicted for the same pictures.
  var votes: [[Double]] = []
  var votedProbabilities: [[Double]] = []
  var problems: [String] = []

  var count: Int {
    expression.count + actionUnits[0].count + continuous[0].count + votes.count
  }
}

extension EvaluationSamples {
  /// Two folders with `AU`, `EXPR`, `VA`; beside the predictions perhaps `uncertainty`.
  init(predictions: String, labels: String) throws {
    let merged = predictions + "/merged"
    let predictions = folderEntries(merged) == nil ? predictions : merged
    for task in ["EXPR", "AU", "VA"] {
      for file in (folderEntries("\(labels)/\(task)") ?? []).sorted()
      where file.hasSuffix(".txt") {
        let path = "\(predictions)/\(task)/\(file)"
        guard TextFile.exists(path) else {
          problems.append("\(path): has labels and no prediction")
          continue
        }
        let found = try TextFile.lines(of: path).dropFirst()
        let actual = try TextFile.lines(of: "\(labels)/\(task)/\(file)").dropFirst()
        if found.count != actual.count {
          problems.append("\(path): has \(found.count) lines for \(actual.count) labels")
        }
        let table = "\(predictions)/uncertainty/\(Clip.stem(file)).csv"
        let details =
          task == "EXPR" && TextFile.exists(table) ? try TextFile.lines(of: table).dropFirst() : []
        for (index, pair) in zip(found, actual).enumerated() {
          let detail = index < details.count ? details[details.startIndex + index] : nil
          guard add(task, numbers(pair.0), numbers(pair.1), detail) else {
            problems.append("\(path): line \(index + 2) has other numbers than its label")
            break
          }
        }
      }
    }
    if probabilities.count != expression.count {
      (probabilities, aleatoric, epistemic) = ([], [], [])
    }
  }

  private func numbers(_ line: String) -> [Double] {
    line.split(separator: ",").map { Double($0.trimmingPrefix(while: \.isWhitespace)) ?? .nan }
  }

  /// False where the line has another number of values than it should.
  private mutating func add(
    _ task: String, _ found: [Double], _ actual: [Double], _ detail: String?
  ) -> Bool {
    let wanted = ["EXPR": 1, "AU": 12, "VA": 2][task]
    guard found.count == wanted, actual.count == wanted,
      (found + actual).allSatisfy({ $0.isFinite && abs($0) < 1e6 })
    else { return false }
    switch task {
    case "EXPR":
      guard (0..<7).contains(actual[0]) else { return true }
      expression.append(Int(found[0]))
      expressionLabels.append(Int(actual[0]))
      let cells = detail.map(CSV.cells)?.dropFirst(2).prefix(9).compactMap(Double.init) ?? []
      guard cells.count == 9 else { return true }
      probabilities.append(Array(cells[..<7]))
      aleatoric.append(cells[7])
      epistemic.append(cells[8])
    case "AU":
      for unit in 0..<12 where actual[unit] == 0 || actual[unit] == 1 {
        actionUnits[unit].append(Int(found[unit]))
        actionUnitLabels[unit].append(Int(actual[unit]))
      }
    default:
      guard actual.allSatisfy({ (-1...1).contains($0) }) else { return true }
      for axis in 0..<2 {
        continuous[axis].append(found[axis])
        continuousLabels[axis].append(actual[axis])
      }
    }
    return true
  }
}

extension EvaluationSamples {
  /// CSV of `path,expression[,valence,arousal][,vote_Neutral,…,vote_Surprise]`; a path is relative
  /// to the file.
  init(crops file: String, _ predictor: Predictor) async throws {
    let lines = try TextFile.lines(of: file)
    let header = CSV.cells(of: lines.first ?? "")
    guard let pathColumn = header.firstIndex(of: "path"),
      let expressionColumn = header.firstIndex(of: "expression")
    else {
      throw Failure(
        file, "its first line does not name the columns path and expression",
        do: "see 'emenet evaluate --help'", exitCode: .nothingDone)
    }
    let axes = ["valence", "arousal"].compactMap(header.firstIndex)
    let voteColumns = Expression.allCases.compactMap { header.firstIndex(of: "vote_" + $0.name) }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    for line in lines.dropFirst() {
      let cells = CSV.cells(of: line)
      guard cells.count == header.count else {
        problems.append("\(file): '\(line)' has other columns than the first line")
        continue
      }
      let path = cells[pathColumn].hasPrefix("/") ? cells[pathColumn] : folder + cells[pathColumn]
      do {
        var state: EmotionState?
        let image = try PictureFile.read(path)
        let emotion = await predictor.measure(crop: image, &state).emotion
        add(
          emotion, label: Self.label(cells[expressionColumn]),
          axes: axes.compactMap { Double(cells[$0]) },
          votes: voteColumns.compactMap { Double(cells[$0]) })
      } catch {
        problems.append("\(path): \(Failure(error).why)")
      }
    }
  }

  /// A class's number or its name.
  private static func label(_ text: String) -> Int {
    Int(text) ?? Expression.allCases.first { $0.name == text }?.rawValue ?? -1
  }

  private mutating func add(_ emotion: Emotion, label: Int, axes: [Double], votes: [Double]) {
    let predicted = emotion.expression.probabilities.map(Double.init)
    if (0..<7).contains(label) {
      expression.append(emotion.expression.label.rawValue)
      expressionLabels.append(label)
      probabilities.append(predicted)
      aleatoric.append(Double(emotion.expression.uncertainty.aleatoric))
      epistemic.append(Double(emotion.expression.uncertainty.epistemic))
    }
    if axes.count == 2, axes.allSatisfy({ (-1...1).contains($0) }) {
      for (axis, estimate) in [emotion.valence, emotion.arousal].enumerated() {
        continuous[axis].append(Double(estimate.value))
        continuousLabels[axis].append(axes[axis])
      }
    }
    let total = votes.reduce(0, +)
    if votes.count == 7, total > 0, votes.allSatisfy({ $0 >= 0 }) {
      self.votes.append(votes.map { $0 / total })
      votedProbabilities.append(predicted)
    }
  }
}
