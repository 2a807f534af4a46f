import Capture
import Inference
import Reading
import Runtime

extension EvaluationSamples {
  /// Reads a CSV file of `path,expression[,valence,arousal][,vote_Neutral,…,vote_Surprise]`, whose
  /// paths are relative to the file, and runs the network on each crop.
  ///
  /// - Parameter why: turns an error into words
  package init(
    crops file: String, _ pipeline: EmotionPipeline, why: (any Error) -> String
  ) async throws {
    let lines = try TextFile.lines(of: file)
    let header = CSV.cells(of: lines.first ?? "")
    func columns(_ names: [String]) throws -> [Int] {
      let found = names.compactMap(header.firstIndex)
      guard found.isEmpty || found.count == names.count else {
        let missing = names.filter { !header.contains($0) }
        throw Failure(
          file, "its first line names no column \(missing.joined(separator: ", "))",
          do: "add it, or leave the others out", exitCode: .nothingDone)
      }
      return found
    }
    guard let pathColumn = header.firstIndex(of: "path"),
      let expressionColumn = header.firstIndex(of: "expression")
    else {
      throw Failure(
        file, "its first line does not name the columns path and expression",
        do: "see 'emenet evaluate --help'", exitCode: .nothingDone)
    }
    let axisColumns = try columns(["valence", "arousal"])
    let voteColumns = try columns(Expression.allCases.map { "vote_" + $0.name })
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    for (index, line) in lines.enumerated().dropFirst() {
      let cells = CSV.cells(of: line)
      guard cells.count == header.count else {
        problems.append(
          "\(file): line \(index + 1) has \(cells.count) columns, the first has \(header.count)")
        continue
      }
      let path = cells[pathColumn].hasPrefix("/") ? cells[pathColumn] : folder + cells[pathColumn]
      guard let label = Self.label(cells[expressionColumn]) else {
        problems.append(
          "\(file): line \(index + 1): '\(cells[expressionColumn])' is not an expression")
        continue
      }
      do {
        await pipeline.begin(.alignedCrop)
        let reading = await pipeline.read(Frame(picture: try PictureFile.read(path)))
        add(
          reading.faces[0].emotion, label: label,
          axes: axisColumns.compactMap { Double(cells[$0]) },
          votes: voteColumns.compactMap { Double(cells[$0]) })
      } catch {
        problems.append("\(path): \(why(error))")
      }
    }
  }

  /// A class by number or name; -1 (not labelled) for an empty cell or a negative number.
  private static func label(_ text: String) -> Int? {
    if text.isEmpty { return -1 }
    if let number = Int(text) { return number < Expression.allCases.count ? max(-1, number) : nil }
    return Expression.allCases.first { $0.name == text }?.rawValue
  }

  private mutating func add(_ emotion: Emotion, label: Int, axes: [Double], votes: [Double]) {
    let probabilities = emotion.expression.probabilities.map(Double.init)
    if label >= 0 {
      expression.append(
        emotion.expression.label.rawValue, label: label,
        .init(
          probabilities: probabilities, confidence: Double(emotion.expression.confidence),
          aleatoric: Double(emotion.expression.uncertainty.aleatoric),
          epistemic: Double(emotion.expression.uncertainty.epistemic)))
    }
    if axes.count == 2, axes.allSatisfy({ (-1...1).contains($0) }) {
      for (axis, estimate) in [emotion.valence, emotion.arousal].enumerated() {
        continuous[axis].append(Double(estimate.value))
        continuousLabels[axis].append(axes[axis])
      }
    }
    let total = votes.reduce(0, +)
    if votes.count == Expression.allCases.count, total > 0, votes.allSatisfy({ $0 >= 0 }) {
      self.votes.append(votes.map { $0 / total })
      votedProbabilities.append(probabilities)
    }
  }
}
