import Glibc

/// A position in pixels; (0, 0) is the top left corner of the top left pixel, so the centre of
/// that pixel is (0.5, 0.5).
public typealias Point = SIMD2<Float>

/// An upright rectangle in pixels.
public struct Rect: Equatable, Sendable {
  public var x: Float
  public var y: Float
  public var width: Float
  public var height: Float

  public init(x: Float, y: Float, width: Float, height: Float) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  /// The smallest rectangle around `points`; nil if there are none.
  public init?(around points: some Sequence<Point>) {
    var iterator = points.makeIterator()
    guard var low = iterator.next() else { return nil }
    var high = low
    while let point = iterator.next() {
      low = pointwiseMin(low, point)
      high = pointwiseMax(high, point)
    }
    self.init(x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y)
  }

  public var center: Point { Point(x + width / 2, y + height / 2) }
  public var area: Float { max(0, width) * max(0, height) }

  public func intersection(_ other: Rect) -> Rect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rect(
      x: left, y: top,
      width: max(0, min(x + width, other.x + other.width) - left),
      height: max(0, min(y + height, other.y + other.height) - top))
  }

  /// Intersection over union, in [0, 1].
  public func overlap(with other: Rect) -> Float {
    let common = intersection(other).area
    let union = area + other.area - common
    return union > 0 ? common / union : 0
  }
}

/// A rotation, uniform scale and shift: `(x, y) -> (a x - b y + tx, b x + a y + ty)`.
public struct SimilarityTransform: Equatable, Sendable {
  public var a: Float
  public var b: Float
  public var tx: Float
  public var ty: Float

  public static let identity = SimilarityTransform(a: 1, b: 0, tx: 0, ty: 0)

  public init(a: Float, b: Float, tx: Float, ty: Float) {
    self.a = a
    self.b = b
    self.tx = tx
    self.ty = ty
  }

  /// Maps the point `center` to `target`, turned by `rotation` radians and scaled by `scale`.
  public init(moving center: Point, to target: Point, rotation: Float, scale: Float) {
    let (sine, cosine) = (sin(rotation), cos(rotation))
    a = scale * cosine
    b = scale * sine
    tx = target.x - (a * center.x - b * center.y)
    ty = target.y - (b * center.x + a * center.y)
  }

  /// The transform that maps `source` closest to `target` in the least-squares sense (Umeyama 1991,
  /// without reflection); nil for fewer than two distinct points.
  public init?(mapping source: [Point], to target: [Point]) {
    precondition(source.count == target.count, "as many source points as targets")
    guard source.count >= 2 else { return nil }
    let count = Float(source.count)
    let sourceMean = source.reduce(.zero, +) / count
    let targetMean = target.reduce(.zero, +) / count
    var real: Float = 0
    var imaginary: Float = 0
    var spread: Float = 0
    for (from, to) in zip(source, target) {
      let s = from - sourceMean
      let t = to - targetMean
      real += s.x * t.x + s.y * t.y
      imaginary += s.x * t.y - s.y * t.x
      spread += s.x * s.x + s.y * s.y
    }
    guard spread > 0, spread.isFinite else { return nil }
    a = real / spread
    b = imaginary / spread
    tx = targetMean.x - (a * sourceMean.x - b * sourceMean.y)
    ty = targetMean.y - (b * sourceMean.x + a * sourceMean.y)
  }

  public func callAsFunction(_ point: Point) -> Point {
    Point(a * point.x - b * point.y + tx, b * point.x + a * point.y + ty)
  }

  public var scale: Float { (a * a + b * b).squareRoot() }

  /// nil if the scale is 0.
  public var inverse: SimilarityTransform? {
    let determinant = a * a + b * b
    guard determinant > 0 else { return nil }
    let ia = a / determinant
    let ib = -b / determinant
    return SimilarityTransform(
      a: ia, b: ib, tx: -(ia * tx - ib * ty), ty: -(ib * tx + ia * ty))
  }
}

extension SimilarityTransform {
  /// The rotation in radians, positive from x towards y (clockwise on the screen).
  public var rotation: Float { atan2(b, a) }
}
