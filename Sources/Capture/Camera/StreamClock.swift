/// Turns the times that a network camera gives its pictures into times on CLOCK_MONOTONIC.
///
/// A picture cannot arrive before it was taken, so the one that came quickest of all tells how the
/// two clocks are related; the others came late by what the network added.
struct StreamClock {
  /// How much faster a camera's clock may be than this machine's.
  private static let drift = 1e-3
  /// A picture that seems older than this, in s, shows that the camera's clock jumped.
  private static let mostDelay = 5.0

  /// The machine's clock less the camera's, s.
  private var offset: Double?
  private var lastOwn = -Double.infinity
  private var lastArrival = 0.0

  /// - Parameters:
  ///   - own: when the picture was taken, on the camera's clock, in s; nil if it does not say
  ///   - arrival: CLOCK_MONOTONIC, ns
  /// - Returns: CLOCK_MONOTONIC, ns
  mutating func captured(own: Double?, arrival: UInt64) -> UInt64 {
    guard let own else { return arrival }
    let now = Double(arrival) * 1e-9
    defer { (lastOwn, lastArrival) = (own, now) }
    let expected = offset.map { $0 + (now - lastArrival) * Self.drift }
    var shift = min(expected ?? .infinity, now - own)
    if own <= lastOwn || now - (own + shift) > Self.mostDelay { shift = now - own }
    offset = shift
    return min(arrival, UInt64(max(0, own + shift) * 1e9))
  }
}
