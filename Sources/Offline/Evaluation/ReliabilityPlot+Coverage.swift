import Imaging
import Inference
import Theme

extension ReliabilityPlot {
  /// Accuracy of the most certain predictions against the share that is kept, one curve per set.
  func drawCoverage(_ pen: Pen) {
    let plot = Self.plot
    let (left, bottom) = (Double(plot.x), Double(plot.y + plot.height))
    pen.text("expression: the surest", left, 28, size: 16, palette.text, weight: .bold)
    pen.text(
      "how many are right of those that are kept", left, 48, size: 13, palette.faintText)
    pen.fill(plot, palette.track)
    // The axis begins at one half: readings that are right less often are not worth keeping.
    func place(_ point: Coverage.Point) -> Point {
      Point(
        plot.x + plot.width * Float(point.coverage),
        plot.y + plot.height * Float(min(1, max(0, (1 - point.accuracy) / 0.5))))
    }
    for accuracy in [0.5, 0.6, 0.7, 0.8, 0.9, 1] {
      let y = plot.y + plot.height * Float((1 - accuracy) / 0.5)
      pen.line([Point(plot.x, y), Point(plot.x + plot.width, y)], palette.line, width: 1)
      pen.text(
        fixed2(Float(accuracy)), left - 8, Double(y) + 4, size: 12, palette.faintText,
        align: .right)
    }
    for (value, words) in [(Float(0), "0"), (0.5, "0.5"), (1, "1")] {
      pen.text(
        words, Double(plot.x + plot.width * value), bottom + 18, size: 12, palette.faintText,
        align: .center)
    }
    pen.text(
      "share kept", Double(plot.center.x), bottom + 36, size: 13, palette.text, align: .center)
    for (index, (name, coverage)) in coverages.enumerated() {
      let color = Palette.face(index + 1)
      let points = stride(from: 0.02, through: 1, by: 0.02).compactMap {
        coverage.at(coverage: $0)
      }
      pen.line(points.map(place), color, width: 2)
      let row = bottom + 60 + 16 * Double(index)
      pen.fill(Rect(x: plot.x, y: Float(row) - 9, width: 18, height: 10), color)
      let half = coverage.reaching(accuracy: 0.9)
      pen.text(
        name + (half.map { ": nine of ten right in \(fixed2(Float($0.coverage)))" } ?? ""),
        left + 26, row, size: 12, palette.text)
    }
  }
}
