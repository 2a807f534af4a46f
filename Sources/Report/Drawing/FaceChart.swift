import Imaging
import Inference
import Theme

/// The chart of one face in one run: valence and arousal with their uncertainty, the expressions,
/// the action units, and the path on the valence-arousal plane.
struct FaceChart {
  let run: RunHistory
  let face: FaceHistory
  let colors: ReportColors
  /// Width of the whole chart; phones have 358.
  let width: Double

  var isNarrow: Bool { width < 600 }
  private var hasPlaneBeside: Bool { width >= 900 }
  private var gutter: Double { isNarrow ? 44 : 160 }
  private var planeSide: Double { hasPlaneBeside ? 236 : min(260, width - 60) }

  // Heights from top to bottom.
  private static let header = 44.0
  private static let title = 22.0
  private static let axisHeight = 92.0
  private static let ribbonHeight = 110.0
  private static let unitRow = 13.0
  private static var unitsHeight: Double { unitRow * Double(ActionUnit.allCases.count) }
  private static let lane = 8.0
  private static let ticks = 26.0

  private static var plotBottom: Double {
    header + 2 * (title + axisHeight) + title + ribbonHeight + title + unitsHeight
  }

  private var legend: Legend {
    Legend(colors: colors, width: width - (hasPlaneBeside ? planeSide + 40 : 0))
  }

  var height: Double {
    Self.plotBottom + Self.lane + Self.ticks + legend.height
      + (hasPlaneBeside ? 12 : planeSide + 60)
  }

  private var plotWidth: Double {
    width - gutter - (hasPlaneBeside ? planeSide + 60 : 14)
  }

  private var axis: TimeAxis { TimeAxis(span: run.span, x: gutter, width: plotWidth) }

  func draw(_ pen: Pen) {
    let palette = colors.palette
    let trace = Trace(face, of: run, columns: max(60, Int(plotWidth)))
    pen.fill(Rect(x: 0, y: 4, width: 12, height: 12), Palette.face(face.id))
    pen.text("Face \(face.id)", 20, 15, size: 14, palette.text, weight: .bold)
    pen.text(
      "seen \(TimeAxis.words(face.totals.seen, tenths: true)) of "
        + TimeAxis.words(run.seconds, tenths: true),
      96, 15, size: 12, palette.faintText)
    var y = Self.header
    for (name, channel) in [("valence", AxisPanel.Channel.valence), ("arousal", .arousal)] {
      title(name, "unpleasant to pleasant", "calm to excited", channel, at: y, pen)
      y += Self.title
      AxisPanel(channel: channel, colors: colors)
        .draw(trace, in: plot(y, Self.axisHeight), pen)
      y += Self.axisHeight
    }
    pen.text("expression", gutter, y + 16, size: 12, palette.text, weight: .bold)
    y += Self.title
    Raster.ribbon(trace, colors, in: plot(y, Self.ribbonHeight), pen)
    y += Self.ribbonHeight
    pen.text("action units", gutter, y + 16, size: 12, palette.text, weight: .bold)
    y += Self.title
    Raster.units(trace, colors, in: plot(y, Self.unitsHeight), pen)
    for (index, unit) in ActionUnit.allCases.enumerated() {
      let words = isNarrow ? unit.code : "\(unit.code) \(unit.name)"
      pen.text(
        words, gutter - 8, y + Self.unitRow * (Double(index) + 0.8), size: 10.5, palette.faintText,
        align: .right)
    }
    drawTime(pen)
    pen.saved {
      pen.translate(0, Self.plotBottom + Self.lane + Self.ticks)
      legend.draw(pen)
    }
    pen.saved {
      if hasPlaneBeside {
        pen.translate(width - planeSide - 8, Self.header + Self.title)
      } else {
        pen.translate(
          (width - planeSide) / 2, Self.plotBottom + Self.lane + Self.ticks + legend.height + 26)
      }
      PlanePanel(side: planeSide, colors: colors).draw(trace, color: Palette.face(face.id), pen)
    }
  }

  private func plot(_ y: Double, _ height: Double) -> Rect {
    Rect(x: Float(gutter), y: Float(y), width: Float(plotWidth), height: Float(height))
  }

  private func title(
    _ name: String, _ valence: String, _ arousal: String, _ channel: AxisPanel.Channel,
    at y: Double, _ pen: Pen
  ) {
    pen.text(name, gutter, y + 16, size: 12, colors.palette.text, weight: .bold)
    pen.text(
      channel == .valence ? valence : arousal,
      gutter + pen.width(of: name, size: 12, weight: .bold) + 8, y + 16, size: 11,
      colors.palette.faintText)
  }

  /// Draws gaps, excluded stretches, markers, dropped frames and the clock.
  private func drawTime(_ pen: Pen) {
    let (palette, axis) = (colors.palette, axis)
    let top = Float(Self.header)
    let bottom = Float(Self.plotBottom)
    func band(_ stretch: Stretch) -> Rect {
      let from = axis.place(stretch.from)
      return Rect(
        x: Float(from), y: top + Float(Self.title),
        width: Float(max(1, axis.place(min(stretch.to, run.span.to)) - from)),
        height: bottom - top - Float(Self.title))
    }
    for gap in run.gaps { pen.fill(band(gap), palette.line.opacity(0.45)) }
    for stretch in run.excluded where stretch.from < run.span.to && stretch.to > run.span.from {
      pen.fillStriped(
        band(stretch), palette.background, stripes: palette.line.opacity(0.7), pitch: 7)
    }
    drawDropped(pen)
    for marker in run.markers {
      let x = Float(axis.place(marker.time))
      pen.line([Point(x, top), Point(x, bottom)], palette.text.opacity(0.75), width: 1)
      pen.text(
        "\(marker.number)", Double(x), Self.header - 3, size: 10.5, palette.text, weight: .bold,
        align: .center)
    }
    let line = bottom + Float(Self.lane)
    pen.line(
      [Point(Float(axis.x), line), Point(Float(axis.x + axis.width), line)], palette.line, width: 1)
    for tick in axis.ticks {
      let x = Float(axis.place(tick.time))
      pen.line([Point(x, line), Point(x, line + 4)], palette.line, width: 1)
      pen.text(
        tick.words, Double(x), Double(line) + 16, size: 11, palette.faintText, align: .center)
    }
  }

  private func drawDropped(_ pen: Pen) {
    let most = run.dropped.max() ?? 0
    guard most > 0 else { return }
    let color = colors.color(.recording)
    var columns: [Int: Int] = [:]
    for (bin, count) in run.dropped.enumerated() where count > 0 {
      columns[Int(axis.place((Double(bin) + 0.5) * run.grid.width)) / 2 * 2, default: 0] += count
    }
    for (x, count) in columns.sorted(by: { $0.key < $1.key }) {
      let length = Float(2 + (Self.lane - 2) * min(1, Double(count) / Double(most)))
      pen.fill(
        Rect(
          x: Float(x), y: Float(Self.plotBottom + Self.lane) - length, width: 2, height: length),
        color)
    }
  }
}
