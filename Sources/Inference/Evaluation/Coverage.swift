/// Selective prediction (Geifman and El-Yaniv 2017): how many predictions remain, and how many of
/// those are right, if only those at or above a confidence threshold are kept.
public struct Coverage: Sendable {
  /// One threshold.
  public struct Point: Equatable, Sendable {
    /// Share of all predictions that is kept.
    public var coverage: Double
    /// Share of the kept predictions that is right.
    public var accuracy: Double
    /// Lowest confidence among the kept predictions.
    public var confidence: Double
  }

  /// One point for each distinct confidence, the highest first.
  public let points: [Point]

  public init(confidence: [Double], isRight: [Bool]) {
    let order = confidence.indices.sorted { (confidence[$1], $0) < (confidence[$0], $1) }
    var points: [Point] = []
    var right = 0
    for (place, index) in order.enumerated() {
      right += isRight[index] ? 1 : 0
      // A threshold keeps either all predictions of equal confidence or none.
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

  /// The first point that covers at least `coverage`, for thinning a curve.
  public func at(coverage: Double) -> Point? {
    points.first { $0.coverage >= coverage - 1e-9 } ?? points.last
  }
}
