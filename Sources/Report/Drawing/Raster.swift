import Imaging
import Inference
import Theme

/// Panels in which every column has its own colours: a picture takes a tenth of the space that as
/// many shapes would.
enum Raster {
  /// Pixels per unit of length.
  private static let density = 2

  /// The expressions stacked on top of each other; hatched if the expression is uncertain.
  static func ribbon(_ trace: Trace, _ colors: ReportColors, in plot: Rect, _ pen: Pen) {
    let areas = Expression.allCases.map { colors.area($0) }
    draw(trace, colors, in: plot, pen) { moment, y, x in
      guard let moment else {
        return colors.mix(colors.palette.background, colors.palette.track, 0.5)
      }
      var rest = y * moment.expressions.reduce(0, +)
      var place = areas.count - 1
      for (index, share) in moment.expressions.enumerated() {
        rest -= share
        if rest < 0 {
          place = index
          break
        }
      }
      let isUntold = !(moment.confidence >= 0.4)
      return isUntold && (x + Int(y * plot.height * Float(density))) % 10 < 4
        ? colors.palette.background : areas[place]
    }
  }

  /// One row per action unit: the more likely, the stronger the colour.
  static func units(_ trace: Trace, _ colors: ReportColors, in plot: Rect, _ pen: Pen) {
    let count = Float(ActionUnit.allCases.count)
    let ground = colors.mix(colors.palette.background, colors.palette.track, 0.5)
    draw(trace, colors, in: plot, pen) { moment, y, _ in
      let row = min(count - 1, (y * count).rounded(.down))
      // A line of background separates the rows.
      guard let moment, y * count - row < 0.92 else { return ground }
      return colors.heat(moment.actionUnits[moment.actionUnits.startIndex + Int(row)])
    }
  }

  /// - Parameter color: the colour of a moment at a height from 0 (top) to 1, in a column of pixels
  private static func draw(
    _ trace: Trace, _ colors: ReportColors, in plot: Rect, _ pen: Pen,
    _ color: (FaceMoment?, Float, Int) -> Color
  ) {
    let width = Int(plot.width) * density
    let height = Int(plot.height) * density
    var image = Image(width: width, height: height)
    let stride = image.bytesPerRow
    image.withUnsafeMutableBytes { bytes in
      for x in 0..<width {
        let moment = trace.columns[x * trace.columns.count / width]
        for y in 0..<height {
          let color = color(moment, (Float(y) + 0.5) / Float(height), x)
          let at = y * stride + x * 4
          bytes[at] = UInt8(color.blue * 255)
          bytes[at + 1] = UInt8(color.green * 255)
          bytes[at + 2] = UInt8(color.red * 255)
        }
      }
    }
    pen.draw(image, in: plot)
  }
}
