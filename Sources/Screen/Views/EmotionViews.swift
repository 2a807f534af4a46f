import Inference
import Reading
import Theme

extension Canvas {
  /// Title, one bar for each of the seven expressions with the winner marked, and below them both
  /// uncertainties of the whole: `1 + 8 * pitch` rows. The title says how reliable the winner is.
  ///
  /// - Parameter showsNumbers: shows numbers for confidence and uncertainties
  mutating func drawExpressions(
    _ face: FaceDisplay?, showsNumbers: Bool, in area: Area, pitch: Int
  ) {
    let expression = face?.emotion.expression
    let title = face?.rest == nil ? "Expression" : "Relative"
    let words = face.map { face in
      showsNumbers
        ? "\(face.verdict.rawValue) \(percent(face.emotion.expression.confidence))"
        : face.verdict(fitting: area.columns - title.count - 3)
    }
    let isDoubtful = face.map { $0.verdict == .unsure || $0.verdict == .cannotTell } ?? false
    putTitle(
      title, area, note: words, noteStyle: isDoubtful ? .ink(.alert, bold: true) : .bold)
    for (index, name) in Expression.allCases.enumerated() {
      let row = area.row + 1 + index * pitch
      let probability = face?.expression[index] ?? 0
      let isWinner = face?.label == name
      let style: Style = isWinner ? .ink(.expression(name), bold: true) : .ink(.value)
      if isWinner { put(glyphs.marker, area.column, row, style) }
      put(name.name, area.column + 2, row, isWinner ? style : Style())
      putBar(
        probability, area.column + 12, row, width: area.columns - 12 - 5,
        thickness: thickness(pitch), style)
      put(
        expression == nil ? "   -" : percent(probability), area.column + area.columns - 4, row,
        isWinner ? style : .muted)
    }
    let row = area.row + 1 + 7 * pitch
    put("uncertainty", area.column, row, .muted)
    let numbers = showsNumbers ? Self.uncertaintyNumbersWidth + 1 : 0
    putUncertainty(
      expression?.uncertainty ?? .none, area.column + 12, row, width: area.columns - 12 - numbers)
    guard showsNumbers else { return }
    putUncertaintyNumbers(
      expression?.uncertainty, area.column + area.columns - Self.uncertaintyNumbersWidth, row)
  }

  /// Valence and arousal as bars about zero with whiskers of one standard deviation, below a title
  /// if there is room: `1 + 2 * pitch` rows, or two.
  mutating func drawValenceArousal(
    _ face: FaceDisplay?, showsNumbers: Bool, in area: Area, pitch: Int
  ) {
    let isTitled = area.rows > 2
    if isTitled { putTitle("Valence, arousal", area, note: face?.rest == nil ? nil : "relative") }
    let showsNumbers = showsNumbers && area.columns >= 48
    let spare =
      area.columns - 8 - 7 - (showsNumbers ? 1 + Self.uncertaintyNumbersWidth : 0)
    let width = (spare * 3 / 5 - 1) | 1
    let rows: [(String, Ink, Float?, ContinuousEstimate?)] = [
      ("Valence", .valence, face?.valence, face?.emotion.valence),
      ("Arousal", .arousal, face?.arousal, face?.emotion.arousal),
    ]
    for (index, (name, ink, value, estimate)) in rows.enumerated() {
      let row = area.row + (isTitled ? 1 : 0) + index * pitch
      var column = area.column + 8
      put(name, area.column, row)
      putCenteredBar(
        value ?? 0, column, row, width: width, thickness: thickness(pitch), .ink(ink))
      if let value, let estimate {
        putWhiskers(
          value, deviation: estimate.standardDeviation, column, row, width: width, .ink(ink))
      }
      column += width + 1
      put(value.map(signed) ?? "    -", column, row, .ink(ink, bold: true))
      column += 6
      putUncertainty(estimate?.uncertainty ?? .none, column, row, width: spare - width)
      guard showsNumbers else { continue }
      putUncertaintyNumbers(estimate?.uncertainty, column + spare - width + 1, row)
    }
  }

  /// Title, then the twelve action units, active ones marked: `1 + 12 * pitch` rows.
  mutating func drawActionUnits(
    _ face: FaceDisplay?, showsNumbers: Bool, in area: Area, pitch: Int
  ) {
    let isRelative = face?.rest != nil
    putTitle("Action units", area, note: isRelative ? "relative" : nil)
    let showsNumbers = showsNumbers && area.columns >= 58
    let spare =
      area.columns - 28 - 6 - (showsNumbers ? 1 + Self.uncertaintyNumbersWidth : 0)
    let width = (spare * 3 / 5 - 1) | 1
    for (index, unit) in ActionUnit.allCases.enumerated() {
      let row = area.row + 1 + index * pitch
      let estimate = face?.emotion.actionUnits[index]
      let isActive = estimate?.isActive ?? false
      let style: Style = isActive ? .ink(.active, bold: true) : .ink(.value)
      let value = face?.probability(ofActionUnit: index)
      if isActive { put(glyphs.marker, area.column, row, style) }
      put(unit.code, area.column + 2, row, isActive ? style : Style())
      put(unit.name, area.column + 7, row, isActive ? style : .muted)
      var column = area.column + 28
      if isRelative {
        putCenteredBar(
          value ?? 0, column, row, width: width, thickness: thickness(pitch), style)
      } else {
        putBar(value ?? 0, column, row, width: width, thickness: thickness(pitch), style)
      }
      column += width
      put(
        value.map { percent($0, signed: isRelative) } ?? "   -", column, row,
        isActive ? style : .muted)
      column += 5
      putUncertainty(estimate?.uncertainty ?? .none, column, row, width: spare + 1 - width)
      guard showsNumbers else { continue }
      putUncertaintyNumbers(estimate?.uncertainty, column + spare + 2 - width, row)
    }
  }

  /// Bars fill their rows except for one blank.
  private func thickness(_ pitch: Int) -> Int { max(1, pitch - 1) }
}

extension Uncertainty {
  fileprivate static let none = Uncertainty(aleatoric: 0, epistemic: 0)
}
