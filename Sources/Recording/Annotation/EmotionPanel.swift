import Imaging
import Inference
import Reading
import Theme

/// The bars beside the frame, drawn in their own space of 380 x 480.
struct EmotionPanel {
  static let width = 380.0
  static let height = 480.0

  let palette: Palette

  private static let labels = 28.0
  private static let bars = (x: 112.0, width: 166.0)
  private static let unitBars = (x: 178.0, width: 100.0)
  private static let numbers = 308.0
  private static let uncertainties = (x: 316.0, width: 52.0)
  private static let plane = Rect(x: 272, y: 376, width: 96, height: 96)
  private static let continuousBars = (x: 76.0, width: 128.0)

  /// Baselines.
  private static func expressionRow(_ index: Int) -> Double { 61 + 15 * Double(index) }
  private static func unitRow(_ index: Int) -> Double { 202 + 14 * Double(index) }
  private static func continuousRow(_ index: Int) -> Double { 394 + 29 * Double(index) }

  private static func rect(_ column: (x: Double, width: Double), _ baseline: Double) -> Rect {
    Rect(x: Float(column.x), y: Float(baseline - 8), width: Float(column.width), height: 9)
  }

  private static func thin(_ column: (x: Double, width: Double), _ baseline: Double) -> Rect {
    Rect(x: Float(column.x), y: Float(baseline + 4), width: Float(column.width), height: 6)
  }

  // MARK: Static parts

  /// Names, tracks, axes and legend: everything that does not depend on a reading.
  func drawGround(_ pen: Pen) {
    title("Expression", 46, pen)
    for (index, expression) in Expression.allCases.enumerated() {
      let row = Self.expressionRow(index)
      pen.text(expression.name, Self.labels, row, size: 11, palette.faintText)
      pen.fill(Self.rect(Self.bars, row), palette.track)
    }
    let uncertaintyRow = Self.expressionRow(7)
    pen.text("uncertainty", Self.labels, uncertaintyRow, size: 10, palette.faintText)
    pen.fill(Self.rect(Self.bars, uncertaintyRow), palette.track)

    title("Action units", 188, pen)
    pen.text(
      "probability", Self.unitBars.x, 188, size: 9, palette.faintText)
    pen.text("uncertainty", Self.uncertainties.x, 188, size: 9, palette.faintText)
    for (index, unit) in ActionUnit.allCases.enumerated() {
      let row = Self.unitRow(index)
      pen.text(unit.code, Self.labels, row, size: 10.5, palette.faintText)
      pen.text(unit.name, 62, row, size: 10.5, palette.faintText)
      pen.fill(Self.rect(Self.unitBars, row), palette.track)
      pen.fill(Self.rect(Self.uncertainties, row), palette.track)
    }

    title("Valence and arousal", 380, pen)
    for (index, name) in ["valence", "arousal"].enumerated() {
      let row = Self.continuousRow(index)
      pen.text(name, Self.labels, row, size: 11, palette.faintText)
      pen.fill(Self.rect(Self.continuousBars, row), palette.track)
      pen.fill(Self.thin(Self.continuousBars, row), palette.track)
    }
    drawLegend(pen)
    drawPlane(pen)
  }

  private func title(_ text: String, _ baseline: Double, _ pen: Pen) {
    pen.text(text, 12, baseline, size: 11.5, palette.text, weight: .bold)
  }

  private func drawLegend(_ pen: Pen) {
    let swatch = Rect(x: 28, y: 449, width: 18, height: 8)
    pen.uncertaintyBar(Uncertainty(aleatoric: 1, epistemic: 0), in: swatch, palette)
    pen.text("aleatoric: the picture leaves it open", 52, 457, size: 9.5, palette.faintText)
    var second = swatch
    second.y += 14
    pen.uncertaintyBar(Uncertainty(aleatoric: 0, epistemic: 1), in: second, palette)
    pen.text("epistemic: the members disagree", 52, 471, size: 9.5, palette.faintText)
  }

  private func drawPlane(_ pen: Pen) {
    let plane = Self.plane
    pen.fill(plane, palette.track)
    let center = plane.center
    pen.line(
      [Point(plane.x, center.y), Point(plane.x + plane.width, center.y)], palette.line, width: 1)
    pen.line(
      [Point(center.x, plane.y), Point(center.x, plane.y + plane.height)], palette.line, width: 1)
    pen.ring(center, radius: Double(plane.width) / 2, palette.line, width: 1)
    // Outside, where no point lies on them.
    let (right, bottom) = (Double(plane.x + plane.width), Double(plane.y + plane.height))
    pen.text(
      "arousal", Double(center.x), Double(plane.y) - 3, size: 8.5, palette.faintText,
      align: .center)
    pen.text("valence", right, bottom + 7, size: 8.5, palette.faintText, align: .right)
  }

  // MARK: Changing parts

  /// - Parameters:
  ///   - isRelative: whether expression, valence and arousal are relative to a resting face
  ///   - trail: valence and arousal over the last few seconds, oldest first
  func draw(
    _ emotion: Emotion, isRelative: Bool, trail: [Point], color: Color, _ pen: Pen
  ) {
    if isRelative {
      pen.text(
        "relative to the resting face", 368, 46, size: 9, palette.faintText, align: .right)
    }
    let winner = emotion.expression.label
    for (expression, probability) in zip(Expression.allCases, emotion.expression.probabilities) {
      let row = Self.expressionRow(expression.rawValue)
      let wins = expression == winner
      let bar = Self.rect(Self.bars, row)
      pen.bar(probability, in: bar, wins ? palette.strongBar : palette.bar)
      if wins {
        mark(row, pen)
        emphasize(expression.name, Self.labels, row, size: 11, pen)
      }
      number(fixed2(probability), row, pen, strong: wins)
    }
    let row = Self.expressionRow(7)
    let uncertainty = emotion.expression.uncertainty
    pen.uncertaintyBar(uncertainty, in: Self.rect(Self.bars, row), palette)
    pen.text(
      "\(fixed2(uncertainty.aleatoric)) + \(fixed2(uncertainty.epistemic))", Self.bars.x + 172,
      row, size: 10, palette.text)

    for (index, (unit, estimate)) in zip(ActionUnit.allCases, emotion.actionUnits).enumerated() {
      let row = Self.unitRow(index)
      let bar = Self.rect(Self.unitBars, row)
      pen.bar(estimate.probability, in: bar, estimate.isActive ? palette.strongBar : palette.bar)
      if estimate.isActive {
        mark(row, pen)
        emphasize(unit.code, Self.labels, row, size: 10.5, pen)
        pen.text(unit.name, 62, row, size: 10.5, palette.text)
      }
      number(fixed2(estimate.probability), row, pen, strong: estimate.isActive)
      pen.uncertaintyBar(estimate.uncertainty, in: Self.rect(Self.uncertainties, row), palette)
    }
    // The threshold above which each action unit counts as active.
    for (index, estimate) in emotion.actionUnits.enumerated() {
      let x = Float(Self.unitBars.x + Self.unitBars.width * Double(estimate.threshold))
      let row = Float(Self.unitRow(index))
      pen.line([Point(x, row - 8), Point(x, row + 1)], palette.text.opacity(0.35), width: 1)
    }

    for (index, estimate) in [emotion.valence, emotion.arousal].enumerated() {
      let row = Self.continuousRow(index)
      let bar = Self.rect(Self.continuousBars, row)
      pen.barAboutZero(estimate.value, in: bar, palette.strongBar)
      pen.line(
        [Point(bar.center.x, bar.y - 1), Point(bar.center.x, bar.y + bar.height + 1)],
        palette.text, width: 1)
      pen.text(
        fixed2(estimate.value, signed: true), 248, row, size: 11, palette.text, weight: .bold,
        align: .right)
      pen.uncertaintyBar(estimate.uncertainty, in: Self.thin(Self.continuousBars, row), palette)
      pen.text(
        "\(fixed2(estimate.uncertainty.total))", 248, row + 11, size: 9, palette.faintText,
        align: .right)
    }
    drawTrail(trail, color: color, pen)
  }

  private func mark(_ baseline: Double, _ pen: Pen) {
    let y = Float(baseline) - 3.5
    pen.fillPolygon([Point(14, y - 4.5), Point(22, y), Point(14, y + 4.5)], palette.strongBar)
  }

  /// Draws `text` in bold over the faint version on the ground.
  private func emphasize(_ text: String, _ x: Double, _ y: Double, size: Double, _ pen: Pen) {
    let width = pen.width(of: text, size: size)
    pen.fill(
      Rect(x: Float(x) - 1, y: Float(y - size), width: Float(width) + 3, height: Float(size) + 3),
      palette.background)
    pen.text(text, x, y, size: size, palette.text, weight: .bold)
  }

  private func number(_ text: String, _ baseline: Double, _ pen: Pen, strong: Bool) {
    pen.text(
      text, Self.numbers, baseline, size: 10, strong ? palette.text : palette.faintText,
      weight: strong ? .bold : .normal, align: .right)
  }

  private func drawTrail(_ trail: [Point], color: Color, _ pen: Pen) {
    let plane = Self.plane
    let points = trail.map { value in
      let clamped = pointwiseMax(Point(-1, -1), pointwiseMin(Point(1, 1), value))
      return plane.center + Point(clamped.x, -clamped.y) * (plane.width / 2)
    }
    for index in points.indices.dropFirst() {
      pen.line(
        [points[index - 1], points[index]],
        color.opacity(0.15 + 0.6 * Double(index) / Double(points.count)), width: 1.5)
    }
    guard let last = points.last else { return }
    pen.dots([last], radius: 4, color)
    pen.ring(last, radius: 4, palette.text, width: 1.2)
  }
}
