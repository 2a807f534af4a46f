/// Rates and delays of the last few seconds, for the status line.
package struct FrameMeter: Sendable {
  private var arrivals: [(seconds: Double, latencyMilliseconds: Double)] = []
  /// How far back it looks, s.
  private let window: Double

  package init(window: Double = 3) {
    self.window = window
  }

  /// `seconds`: any clock that only goes forward.
  package mutating func add(at seconds: Double, latencyMilliseconds: Double) {
    arrivals.append((seconds, latencyMilliseconds))
    arrivals.removeAll { $0.seconds < seconds - window }
  }

  /// Frames per second; 0 before the second frame, and if no frame came for the whole window.
  package func framesPerSecond(at seconds: Double) -> Double {
    let recent = arrivals.filter { $0.seconds >= seconds - window }
    guard let first = recent.first, let last = recent.last, recent.count > 1 else { return 0 }
    // While frames flow, the span runs from first to last; once they stop, it grows with the clock.
    let interval = (last.seconds - first.seconds) / Double(recent.count - 1)
    let span = max(last.seconds - first.seconds, seconds - first.seconds - interval)
    return span > 0 ? Double(recent.count - 1) / span : 0
  }

  /// The given fraction of the frames took at most this long; 0 if there are none.
  package func latencyMilliseconds(quantile: Double) -> Double {
    let sorted = arrivals.map(\.latencyMilliseconds).sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, Int(quantile * Double(sorted.count)))]
  }
}

/// How fast a counter runs, over the last few seconds.
package struct CounterRate: Sendable {
  private var samples: [(seconds: Double, count: Int)] = []
  private static let window = 3.0

  package init() {}

  /// Per second; 0 at first.
  package mutating func rate(at seconds: Double, count: Int) -> Double {
    samples.append((seconds, count))
    samples.removeAll { $0.seconds < seconds - Self.window }
    guard let first = samples.first, seconds - first.seconds > 0.5 else { return 0 }
    return Double(count - first.count) / (seconds - first.seconds)
  }
}
