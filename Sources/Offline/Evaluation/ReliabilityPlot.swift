import Imaging
import Inference
import Runtime
import Theme

/// Accuracy over confidence, one panel per task: if columns end on the diagonal, probabilities mean
/// what they say. Below, the number of predictions at each confidence.
package struct ReliabilityPlot {
  package let tasks: [(task: String, bins: [Calibration.Bin])]
  /// Coverage of the expression, by set.
  let coverages: [(name: String, coverage: Coverage)]

  package init(_ scores: ScoresOfSets) {
    let several = scores.sets.count > 1
    tasks = scores.sets.flatMap { set in
      set.scores.reliability.map { (several ? "\(set.name): \($0.task)" : $0.task, $0.bins) }
    }
    coverages = scores.sets.compactMap { set in
      set.scores.coverage.map { (set.name, $0) }
    }
  }

  let palette = Palette.light
  private static let panel = 470.0
  private static let height = 560.0
  static let plot = Rect(x: 80, y: 60, width: 360, height: 360)
  private static let histogram = Rect(x: 80, y: 436, width: 360, height: 60)

  /// Throws if there is nothing to draw because no set has probabilities.
  package func write(
    _ format: PictureFormat, to file: @autoclosure () throws -> OutputFile
  ) throws {
    guard !tasks.isEmpty else {
      throw Failure(
        "--plot", "the predictions have no probabilities to draw",
        do: "evaluate what 'emenet predict' wrote", exitCode: .nothingDone)
    }
    let width = Self.panel * Double(tasks.count + (coverages.isEmpty ? 0 : 1))
    try format.write(width: width, height: Self.height, to: file()) { pen in
      pen.fill(
        Rect(x: 0, y: 0, width: Float(width), height: Float(Self.height)), palette.background)
      for (index, (task, bins)) in tasks.enumerated() {
        pen.saved {
          pen.translate(Self.panel * Double(index), 0)
          draw(task.replacing("_", with: " "), bins, pen)
        }
      }
      if !coverages.isEmpty {
        pen.translate(Self.panel * Double(tasks.count), 0)
        drawCoverage(pen)
      }
    }
  }

  private func draw(_ task: String, _ bins: [Calibration.Bin], _ pen: Pen) {
    let (plot, histogram) = (Self.plot, Self.histogram)
    pen.text(task, Double(plot.x), 28, size: 16, palette.text, weight: .bold)
    pen.text(
      "expected calibration error \(fixed3(Calibration.expectedError(bins)))", Double(plot.x), 48,
      size: 13, palette.faintText)
    pen.fill(plot, palette.track)
    let width = plot.width / Float(bins.count)
    let most = Float(bins.map(\.count).max() ?? 1)
    for (index, bin) in bins.enumerated() where bin.count > 0 {
      var column = Rect(
        x: plot.x + Float(index) * width + 1, y: plot.y, width: width - 2, height: plot.height)
      func fill(_ values: (from: Double, to: Double), _ fill: (Rect) -> Void) {
        column.y = plot.y + plot.height * Float(1 - values.to)
        column.height = plot.height * Float(values.to - values.from)
        fill(column)
      }
      fill((0, bin.accuracy)) { pen.fill($0, palette.strongBar) }
      if bin.accuracy < bin.confidence {
        fill((bin.accuracy, bin.confidence)) { drawOverconfidence($0, pen) }
      } else {
        fill((bin.confidence, bin.accuracy)) { pen.fill($0, palette.aleatoric) }
      }
      let share = histogram.height * Float(bin.count) / most
      pen.fill(
        Rect(
          x: column.x, y: histogram.y + histogram.height - share, width: column.width,
          height: share), palette.bar)
    }
    pen.line(
      [Point(plot.x, plot.y + plot.height), Point(plot.x + plot.width, plot.y)], palette.text,
      width: 1)
    drawAxes(count: bins.reduce(0) { $0 + $1.count }, pen)
    drawLegend(pen)
  }

  private func drawOverconfidence(_ rect: Rect, _ pen: Pen) {
    pen.fillStriped(rect, palette.epistemic, stripes: palette.epistemicStripe)
  }

  private func drawAxes(count: Int, _ pen: Pen) {
    let (plot, histogram) = (Self.plot, Self.histogram)
    let bottom = Double(histogram.y + histogram.height)
    for (value, words) in [(Float(0), "0"), (0.5, "0.5"), (1, "1")] {
      let x = Double(plot.x + plot.width * value)
      pen.text(words, x, bottom + 18, size: 12, palette.faintText, align: .center)
      pen.text(
        words, Double(plot.x) - 8, Double(plot.y + plot.height * (1 - value)) + 4, size: 12,
        palette.faintText, align: .right)
    }
    pen.line(
      [Point(plot.x, Float(bottom)), Point(plot.x + plot.width, Float(bottom))], palette.line,
      width: 1)
    pen.text(
      "accuracy", Double(plot.x) - 8, Double(plot.y) + 90, size: 13, palette.text, align: .right)
    pen.text(
      "confidence", Double(plot.center.x), bottom + 36, size: 13, palette.text, align: .center)
    pen.text(
      "\(count) in all", Double(plot.x) + 4, Double(histogram.y) + 12, size: 12, palette.faintText)
  }

  private func drawLegend(_ pen: Pen) {
    let y = Self.plot.y - 44
    var swatch = Rect(x: Self.plot.x + 222, y: y, width: 26, height: 12)
    drawOverconfidence(swatch, pen)
    pen.text("too sure", Double(swatch.x) + 34, Double(y) + 11, size: 12, palette.text)
    swatch.y += 22
    pen.fill(swatch, palette.aleatoric)
    pen.text("not sure enough", Double(swatch.x) + 34, Double(y) + 33, size: 12, palette.text)
  }

  /// "0.157"
  private func fixed3(_ value: Double) -> String {
    let thousandths = value.isFinite ? Int((value * 1000).rounded()) : 0
    let digits = String(thousandths % 1000)
    return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
