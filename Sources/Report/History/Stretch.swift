/// A stretch of a run's time, s.
package struct Stretch: Equatable, Sendable {
  package var from: Double
  package var to: Double

  package init(from: Double, to: Double) {
    self.from = from
    self.to = to
  }

  /// Parses stretches such as "12.5-1:30" and "0:10-": seconds, optionally preceded by minutes and
  /// hours with colons. Without a time before the dash, the stretch starts at the beginning;
  /// without one after it, it runs to the end.
  package init?(_ text: String) {
    let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    guard ends.count == 2, text != "-", let from = ends[0].isEmpty ? 0 : Self.seconds(ends[0]),
      let to = ends[1].isEmpty ? .infinity : Self.seconds(ends[1]), from < to
    else { return nil }
    self.init(from: from, to: to)
  }

  func contains(_ time: Double) -> Bool { from <= time && time < to }

  private static func seconds(_ text: Substring) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= 3 else { return nil }
    var seconds = 0.0
    for part in parts {
      guard let value = Double(part), value >= 0, value.isFinite else { return nil }
      seconds = seconds * 60 + value
    }
    return seconds
  }
}
