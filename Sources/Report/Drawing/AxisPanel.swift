import Imaging
import Inference
import Theme

/// Valence or arousal over time: a line, surrounded by the range of other possible readings. The
/// inner band is what the picture leaves open; the outer one adds the members' disagreement.
struct AxisPanel {
  enum Channel { case valence, arousal }

  let channel: Channel
  let colors: ReportColors

  func draw(_ trace: Trace, in plot: Rect, _ pen: Pen) {
    let palette = colors.palette
    pen.fill(plot, palette.track.opacity(0.5))
    for (value, words) in [(Float(1), "1"), (0, "0"), (-1, "−1")] {
      let y = place(value, plot)
      pen.line([Point(plot.x, y), Point(plot.x + plot.width, y)], palette.line, width: 0.7)
      pen.text(
        words, Double(plot.x) - 8, Double(y) + 4, size: 11, palette.faintText, align: .right)
    }
    let ink: Ink = channel == .valence ? .valence : .arousal
    for run in trace.runs {
      // Every second column is as fine as the line is wide.
      let columns = run.filter { ($0 - run.lowerBound) % 2 == 0 || $0 == run.upperBound - 1 }
      let moments = columns.map { (x: $0, moment: trace.columns[$0]!) }
      func edge(_ sign: Float, _ width: (Spread) -> Float) -> [Point] {
        moments.map { x, moment in
          Point(
            plot.x + plot.width * (Float(x) + 0.5) / Float(trace.columns.count),
            place(value(moment) + sign * width(spread(moment)), plot))
        }
      }
      for (width, color) in [
        ({ $0.total }, palette.epistemic.opacity(0.6)),
        ({ $0.aleatoric }, colors.mix(palette.background, palette.aleatoric, 0.45)),
      ] as [((Spread) -> Float, Color)] {
        pen.fillPolygon(edge(1, width) + edge(-1, width).reversed(), color)
      }
      let line = edge(0) { _ in 0 }
      if line.count > 1 {
        pen.line(line, palette.background, width: 3.2)
        pen.line(line, colors.color(ink), width: 1.8)
      } else {
        pen.dots(line, radius: 1.5, colors.color(ink))
      }
    }
  }

  private func value(_ moment: FaceMoment) -> Float {
    channel == .valence ? moment.valence : moment.arousal
  }

  private func spread(_ moment: FaceMoment) -> Spread {
    channel == .valence ? moment.valenceSpread : moment.arousalSpread
  }

  private func place(_ value: Float, _ plot: Rect) -> Float {
    plot.y + plot.height * (1 - max(-1, min(1, value.isFinite ? value : 0))) / 2
  }
}
