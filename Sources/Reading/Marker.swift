/// A moment of a run that somebody wants to find again.
package struct Marker: Equatable, Sendable {
  /// From 1, in the order in which the markers were set.
  package var number: Int
  /// Text from another program; empty for a key or a signal.
  package var text: String
  /// s on the clock of the frames' times
  package var time: Double
  /// s since 1970
  package var utc: Double

  package init(number: Int, text: String, time: Double, utc: Double) {
    self.number = number
    self.text = text
    self.time = time
    self.utc = utc
  }

  /// "2 lights off"
  package var label: String { text.isEmpty ? "\(number)" : "\(number) \(text)" }
}
