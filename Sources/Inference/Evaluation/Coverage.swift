/// What is left of the predictions, and how many of those are right, when only those are kept whose
/// confidence reaches a threshold (Geifman and El-Yaniv 2017).
public struct Coverage: Sendable {
  /// One threshold.
  public struct Point: Equatable, Sendable {
    /// Share of the predictions that is kept
    public var coverage: Double
    /// Share of those that is right
    public var accuracy: Double
    /// The least confidence among them
    public var confidence: Double
  }

  /// A point for each confidence that occurs, the surest first.
  public let points: [Point]

  public init(confidence: [Double], isRight: [Bool]) {
    let order = confidence.indices.sorted { (confidence[$1], $0) < (confidence[$0], $1) }
    var points: [Point] = []
    var right = 0
    for (place, index) in order.enumerated() {
      right += isRight[index] ? 1 : 0
      // A threshold keeps all of the same confidence or none.
      if place + 1 < order.count, confidence[order[place + 1]] == confidence[index] { continue }
      let kept = Double(place + 1)
      points.append(
        Point(
          coverage: kept / Double(order.count), accuracy: Double(right) / kept,
          confidence: confidence[index]))
    }
    self.points = points
  }

  /// Keeps the most of which that share is right; nil if no threshold reaches it.
  public func reaching(accuracy: Double) -> Point? {
    points.last { $0.accuracy >= accuracy }
  }

  /// The point that keeps at least `coverage`, for a curve of few points.
  public func at(coverage: Double) -> Point? {
    points.first { $0.coverage >= coverage - 1e-9 } ?? points.last
  }
}
