import Imaging
import Inference
import Theme

/// The meaning of the colours in a chart, in as many rows as it needs.
struct Legend {
  private enum Swatch {
    case plain(Color)
    case hatched(Color)
    case striped(Color)
  }

  let colors: ReportColors
  let width: Double

  private static let row = 18.0
  /// Approximate width of a letter of DejaVu Sans at this size.
  private static let letter = 6.7

  private var entries: [(swatch: Swatch, words: String)] {
    let palette = colors.palette
    return Expression.allCases.map { (.plain(colors.area($0)), $0.name) } + [
      (.hatched(palette.line), "cannot tell"),
      (.plain(colors.mix(palette.background, palette.aleatoric, 0.45)), "picture leaves it open"),
      (.plain(palette.epistemic.opacity(0.6)), "members disagree"),
      (.plain(palette.line.opacity(0.45)), "no frames"),
      (.striped(palette.line), "left out"),
      (.plain(colors.color(.recording)), "dropped frames"),
    ]
  }

  private var places: [(x: Double, y: Double)] {
    var (x, y) = (0.0, 0.0)
    return entries.map { entry in
      let length = 34 + Double(entry.words.count) * Self.letter
      if x > 0, x + length > width { (x, y) = (0, y + Self.row) }
      defer { x += length }
      return (x, y)
    }
  }

  var height: Double { (places.last?.y ?? 0) + Self.row + 4 }

  func draw(_ pen: Pen) {
    for (entry, place) in zip(entries, places) {
      let box = Rect(x: Float(place.x), y: Float(place.y) + 4, width: 14, height: 10)
      switch entry.swatch {
      case .plain(let color): pen.fill(box, color)
      case .hatched(let color), .striped(let color):
        pen.fillStriped(box, colors.palette.background, stripes: color)
      }
      pen.text(entry.words, place.x + 20, place.y + 13, size: 11, colors.palette.text)
    }
  }
}
