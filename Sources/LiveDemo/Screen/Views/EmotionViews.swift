import Inference

extension Canvas {
  /// Title row, then one row for each of the seven expressions; the winner is marked.
  mutating func drawExpressions(_ expression: ExpressionEstimate?, in area: Area, _ glyphs: Glyphs)
  {
    putTitle("EXPRESSION", area)
    if let uncertainty = expression?.uncertainty {
      let bar = max(0, min(12, area.columns - 11 - 9))
      putUncertainty(
        (uncertainty.aleatoric, uncertainty.epistemic),
        area.column + area.columns - 7 - (bar > 0 ? bar + 1 : 0), area.row, barWidth: bar, glyphs)
    }
    for (index, name) in Expression.allCases.enumerated() {
      let row = area.row + 1 + index
      let probability = expression?.probabilities[index] ?? 0
      let isWinner = expression?.label == name
      let style: Style = isWinner ? .ink(.winner, bold: true) : .ink(.value)
      if isWinner { self[area.column, row] = Cell(glyph: glyphs.marker, style: style) }
      put(name.name, area.column + 2, row, isWinner ? style : Style())
      putBar(probability, area.column + 12, row, width: area.columns - 12 - 5, style, glyphs)
      let value = expression == nil ? "  -" : padLeft("\(Int((probability * 100).rounded()))", 3)
      put(value + "%", area.column + area.columns - 4, row, isWinner ? style : Style())
    }
  }

  /// Title row, then one row for each of the twelve action units; active ones are marked.
  mutating func drawActionUnits(_ units: [ActionUnitEstimate]?, in area: Area, _ glyphs: Glyphs) {
    putTitle("ACTION UNITS", area)
    let nameWidth = area.columns >= 44 ? 21 : area.columns >= 30 ? 8 : 0
    let spare = area.columns - 2 - 5 - nameWidth - 8
    let uncertaintyBar = spare >= 20 ? min(16, spare / 3) : 0
    let barWidth = max(3, spare - (uncertaintyBar > 0 ? uncertaintyBar + 1 : 0))
    for (index, unit) in ActionUnit.allCases.enumerated() {
      let row = area.row + 1 + index
      let estimate = units?[index]
      let isActive = estimate?.isActive ?? false
      let style: Style = isActive ? .ink(.winner, bold: true) : .ink(.value)
      if isActive { self[area.column, row] = Cell(glyph: glyphs.marker, style: style) }
      put(unit.code, area.column + 2, row, isActive ? style : Style())
      put(
        unit.name, area.column + 7, row, isActive ? .bold : .dim, limit: max(0, nameWidth - 1))
      let start = area.column + 7 + nameWidth
      putBar(estimate?.probability ?? 0, start, row, width: barWidth, style, glyphs)
      if let uncertainty = estimate?.uncertainty {
        putUncertainty(
          (uncertainty.aleatoric, uncertainty.epistemic), start + barWidth + 1, row,
          barWidth: uncertaintyBar, glyphs)
      }
    }
  }

  /// Title row, then valence and arousal as bars about zero.
  mutating func drawValenceArousal(_ face: FaceDisplay?, in area: Area, _ glyphs: Glyphs) {
    putTitle("VALENCE, AROUSAL", area)
    if face?.neutral != nil {
      put("relative", area.column + area.columns - 8, area.row, .ink(.alert, bold: true))
    }
    let rows: [(String, Ink, Float?, Uncertainty?)] = [
      ("valence", .valence, face?.valence, face?.emotion.valence.uncertainty),
      ("arousal", .arousal, face?.arousal, face?.emotion.arousal.uncertainty),
    ]
    let spare = area.columns - 8 - 6 - 8
    let uncertaintyBar = spare >= 24 ? min(16, spare / 3) : 0
    let barWidth = max(3, spare - (uncertaintyBar > 0 ? uncertaintyBar + 1 : 0)) | 1
    for (index, (name, ink, value, uncertainty)) in rows.enumerated() {
      let row = area.row + 1 + index
      put(name, area.column, row)
      putCenteredBar(value ?? 0, area.column + 8, row, width: barWidth, .ink(ink), glyphs)
      put(value.map(signed) ?? "    -", area.column + 8 + barWidth + 1, row, .ink(ink, bold: true))
      if let uncertainty {
        putUncertainty(
          (uncertainty.aleatoric, uncertainty.epistemic), area.column + 8 + barWidth + 7, row,
          barWidth: uncertaintyBar, glyphs)
      }
    }
  }

  mutating func putTitle(_ title: String, _ area: Area) {
    put(title, area.column, area.row, .ink(.title, bold: true), limit: area.columns)
  }
}

func padLeft(_ text: String, _ count: Int) -> String {
  String(repeating: " ", count: max(0, count - text.count)) + text
}
