import Imaging
import Inference
import Theme

/// The right side of the picture: one row per quantity, with its estimate and both uncertainties.
struct EmotionChart {
  let palette: Palette

  private static let labels = 560.0
  private static let estimates = (x: 772.0, width: 176.0)
  private static let numbers = 998.0
  private static let uncertainties = (x: 1024.0, width: 220.0)
  private static let pitch = 27.0
  private static let top = 96.0
  private static let bottom = 766.0

  func draw(_ emotion: Emotion, _ pen: Pen) {
    drawAxis(pen)
    var y = Self.top
    title("Expression", &y, pen)
    for (expression, probability) in zip(Expression.allCases, emotion.expression.probabilities) {
      let wins = expression == emotion.expression.label
      label(expression.name, y, isStrong: wins, pen)
      estimate(probability, y, isStrong: wins, pen)
      if wins { uncertainty(emotion.expression.uncertainty, y, pen) }
      y += Self.pitch
    }
    title("Action units", &y, pen)
    for (unit, value) in zip(ActionUnit.allCases, emotion.actionUnits) {
      label("\(unit.code): \(value.isActive ? 1 : 0)", y, isStrong: value.isActive, pen)
      pen.text(unit.name, Self.labels + 70, y, size: 12, palette.faintText)
      estimate(value.probability, y, isStrong: value.isActive, pen)
      uncertainty(value.uncertainty, y, pen)
      y += Self.pitch
    }
    title("Valence and arousal", &y, pen)
    for (name, value) in [("Valence", emotion.valence), ("Arousal", emotion.arousal)] {
      label("\(name): \(fixed2(value.value))", y, isStrong: true, pen)
      let bar = Self.rect(Self.estimates, y)
      pen.fill(bar, palette.track)
      pen.barAboutZero(value.value, in: bar, palette.strongBar)
      pen.line(
        [Point(bar.center.x, bar.y - 2), Point(bar.center.x, bar.y + bar.height + 2)],
        palette.text, width: 1)
      uncertainty(value.uncertainty, y, pen)
      y += Self.pitch
    }
  }

  private static func rect(_ column: (x: Double, width: Double), _ baseline: Double) -> Rect {
    Rect(x: Float(column.x), y: Float(baseline - 13), width: Float(column.width), height: 16)
  }

  /// The scale of the uncertainties, over which the rows are drawn.
  private func drawAxis(_ pen: Pen) {
    pen.text("estimate", Self.estimates.x, 64, size: 13, palette.faintText)
    pen.text("uncertainty", Self.uncertainties.x, 64, size: 13, palette.faintText)
    for step in 0...5 {
      let x = Self.uncertainties.x + Self.uncertainties.width * Double(step) / 5
      pen.line(
        [Point(Float(x), 72), Point(Float(x), Float(Self.bottom))], palette.track, width: 1)
      let text = step == 0 ? "0" : step == 5 ? "1" : "0.\(step * 2)"
      pen.text(text, x, Self.bottom + 16, size: 12, palette.faintText, align: .center)
    }
    pen.text(
      "Emotion Uncertainty", Self.uncertainties.x + Self.uncertainties.width / 2, Self.bottom + 36,
      size: 13, palette.text, align: .center)
  }

  private func title(_ text: String, _ y: inout Double, _ pen: Pen) {
    if y > Self.top { y += 8 }
    pen.text(text, Self.labels, y, size: 15, palette.text, weight: .bold)
    y += Self.pitch
  }

  private func label(_ text: String, _ y: Double, isStrong: Bool, _ pen: Pen) {
    pen.text(
      text, Self.labels, y, size: 14, isStrong ? palette.text : palette.faintText,
      weight: isStrong ? .bold : .normal)
  }

  private func estimate(_ value: Float, _ y: Double, isStrong: Bool, _ pen: Pen) {
    let bar = Self.rect(Self.estimates, y)
    pen.fill(bar, palette.track)
    pen.bar(value, in: bar, isStrong ? palette.strongBar : palette.bar)
    pen.text(
      fixed2(value), Self.numbers, y, size: 13, isStrong ? palette.text : palette.faintText,
      weight: isStrong ? .bold : .normal, align: .right)
  }

  private func uncertainty(_ value: Uncertainty, _ y: Double, _ pen: Pen) {
    pen.uncertaintyBar(value, in: Self.rect(Self.uncertainties, y), palette)
  }
}
