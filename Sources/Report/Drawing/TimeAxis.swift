/// Where the moments of a run are in a plot, and the tick marks of its axis.
struct TimeAxis {
  let span: Stretch
  /// Left edge and width in the drawing.
  let x: Double
  let width: Double

  func place(_ time: Double) -> Double {
    x + width * max(0, min(1, (time - span.from) / max(span.to - span.from, 1e-9)))
  }

  private static let steps = [
    0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200,
  ]

  /// As many as fit.
  var ticks: [(time: Double, words: String)] {
    let most = max(2, width / 70)
    let length = span.to - span.from
    let step =
      Self.steps.first { length / $0 <= most }
      ?? (length / most / 86400).rounded(.up) * 86400
    let first = (span.from / step).rounded(.up)
    let last = (span.to / step).rounded(.down)
    guard step.isFinite, last >= first, last - first < 1000 else { return [] }
    return stride(from: first, through: last, by: 1).map {
      ($0 * step, Self.words($0 * step, tenths: step < 1))
    }
  }

  /// "0:05", "0:05.5" or "1:02:00"
  static func words(_ seconds: Double, tenths: Bool = false) -> String {
    guard seconds.isFinite, abs(seconds) < 1e9 else { return "" }
    let all = Int((max(0, seconds) * 10).rounded())
    let (hours, minutes, rest) = (all / 36000, all / 600 % 60, all % 600)
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let tail = two(rest / 10) + (tenths ? ".\(rest % 10)" : "")
    return hours > 0 ? "\(hours):\(two(minutes)):\(tail)" : "\(minutes):\(tail)"
  }
}
