/// Equal bins of a run's time. They double in length whenever the run outgrows them, so that an
/// hour takes no more memory than a minute.
package struct TimeGrid: Equatable, Sendable {
  /// s
  package private(set) var width = 1.0 / 64
  package static let capacity = 2048

  package func bin(of time: Double) -> Int { Int(max(0, time) / width) }

  /// How many times the bins must double in length for one of them to contain `time`.
  mutating func grow(toHold time: Double) -> Int {
    var doublings = 0
    while max(0, time) / width >= Double(Self.capacity) {
      width *= 2
      doublings += 1
    }
    return doublings
  }
}
