import Imaging
import Theme

/// The path of a face on the valence-arousal plane, faint at its beginning.
struct PlanePanel {
  let side: Double
  let colors: ReportColors

  func draw(_ trace: Trace, color: Color, _ pen: Pen) {
    let palette = colors.palette
    let plot = Rect(x: 0, y: 0, width: Float(side), height: Float(side))
    func place(_ valence: Float, _ arousal: Float) -> Point {
      func clamped(_ value: Float) -> Float { max(-1, min(1, value)) }
      return Point(
        plot.width * (1 + clamped(valence)) / 2, plot.height * (1 - clamped(arousal)) / 2)
    }
    pen.text("path", 0, -6, size: 12, palette.text, weight: .bold)
    pen.fill(plot, palette.track.opacity(0.5))
    pen.line([place(-1, 0), place(1, 0)], palette.line, width: 0.7)
    pen.line([place(0, -1), place(0, 1)], palette.line, width: 0.7)
    pen.text("pleasant →", side, side + 15, size: 10.5, palette.faintText, align: .right)
    pen.text("← unpleasant", 0, side + 15, size: 10.5, palette.faintText)
    pen.text("excited", side / 2 + 6, 14, size: 10.5, palette.faintText)
    pen.text("calm", side / 2 + 6, side - 7, size: 10.5, palette.faintText)
    // Means over this many columns, since the path of every frame would be a tangle.
    let stride = max(1, trace.columns.count / 160)
    let count = Double(trace.columns.count)
    var last: Point?
    var end: Point?
    for start in Swift.stride(from: 0, to: trace.columns.count, by: stride) {
      let moments = trace.columns[start..<min(start + stride, trace.columns.count)]
        .compactMap(\.self).filter { $0.valence.isFinite && $0.arousal.isFinite }
      guard !moments.isEmpty else {
        last = nil
        continue
      }
      let share = 1 / Float(moments.count)
      let point = place(
        moments.reduce(0) { $0 + $1.valence * share }, moments.reduce(0) { $0 + $1.arousal * share }
      )
      let strength = 0.25 + 0.75 * Double(start) / count
      if let last { pen.line([last, point], color.opacity(strength), width: 1.6) }
      if end == nil { pen.ring(point, radius: 4, palette.text, width: 1.2) }
      (last, end) = (point, point)
    }
    if let end { pen.dots([end], radius: 4, palette.text) }
    pen.text(
      "○ begins   ● ends", side, -6, size: 10.5, palette.faintText, align: .right)
  }
}
