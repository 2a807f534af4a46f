import Inference
import Reading
import Theme

extension Canvas {
  /// Title, one bar for each of the seven expressions with the winner marked, and below them both
  /// uncertainties of the whole: `1 + 8 * pitch` rows.
  ///
  /// - Parameter pose: how the head is held, in words; left out where it does not fit
  mutating func drawExpressions(
    _ face: FaceDisplay?, pose: String = "", in area: Area, pitch: Int
  ) {
    let expression = face?.emotion.expression
    let words = glyphs.upperHalf == nil ? pose.replacing("°", with: "") : pose
    if face?.rest != nil {
      putTitle("Expression", area, note: "relative")
    } else if !words.isEmpty, words.count <= area.columns - 12 {
      putTitle("Expression", area, note: words)
    } else {
      let confidence = expression?.confidence ?? 1
      putTitle(
        "Expression", area, note: expression == nil ? nil : "sure \(percent(confidence))",
        noteStyle: confidence < 0.5 ? .ink(.alert, bold: true) : .muted)
    }
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
    let numbers = area.column + area.columns - Self.uncertaintyNumbersWidth
    putUncertainty(
      expression?.uncertainty ?? .none, area.column + 12, row, width: numbers - area.column - 13)
    putUncertaintyNumbers(expression?.uncertainty, numbers, row)
  }

  /// Valence and arousal as bars about zero, below a title where there is room: `1 + 2 * pitch` rows,
  /// or two.
  mutating func drawValenceArousal(_ face: FaceDisplay?, in area: Area, pitch: Int) {
    let isTitled = area.rows > 2
    if isTitled { putTitle("Valence, arousal", area, note: face?.rest == nil ? nil : "relative") }
    let showsNumbers = area.columns >= 48
    let spare =
      area.columns - 8 - 7 - (showsNumbers ? 1 + Self.uncertaintyNumbersWidth : 0)
    let width = (spare * 3 / 5 - 1) | 1
    let rows: [(String, Ink, Float?, Uncertainty?)] = [
      ("Valence", .valence, face?.valence, face?.emotion.valence.uncertainty),
      ("Arousal", .arousal, face?.arousal, face?.emotion.arousal.uncertainty),
    ]
    for (index, (name, ink, value, uncertainty)) in rows.enumerated() {
      let row = area.row + (isTitled ? 1 : 0) + index * pitch
      var column = area.column + 8
      put(name, area.column, row)
      putCenteredBar(
        value ?? 0, column, row, width: width, thickness: thickness(pitch), .ink(ink))
      column += width + 1
      put(value.map(signed) ?? "    -", column, row, .ink(ink, bold: true))
      column += 6
      putUncertainty(uncertainty ?? .none, column, row, width: spare - width)
      guard showsNumbers else { continue }
      putUncertaintyNumbers(uncertainty, column + spare - width + 1, row)
    }
  }

  /// Title, then the twelve action units, active ones marked: `1 + 12 * pitch` rows.
  mutating func drawActionUnits(_ face: FaceDisplay?, in area: Area, pitch: Int) {
    let isRelative = face?.rest != nil
    putTitle("Action units", area, note: isRelative ? "relative" : nil)
    let showsNumbers = area.columns >= 58
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

  /// Bars fill what their rows leave but for one blank.
  private func thickness(_ pitch: Int) -> Int { max(1, pitch - 1) }
}

extension Uncertainty {
  fileprivate static let none = Uncertainty(aleatoric: 0, epistemic: 0)
}
