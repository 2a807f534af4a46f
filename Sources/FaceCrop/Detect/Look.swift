import Glibc
import Imaging
import Layers

/// One way to look at a picture for faces.
public enum Look: Hashable, Sendable {
  /// 320 px on the longer side: for noisy or dark faces
  case quick
  /// 640 px on the longer side: for small faces
  case fine
  /// 320 px, with the picture turned by this many eighths of a turn, 1 to 7
  case turned(eighths: Int)
  /// A part of a picture larger than 640 px, at full resolution
  case tile(Int)
}

extension Look {
  /// px of the longer side
  static let quickSide = 320
  static let fineSide = 640
  /// Overlap of neighbouring tiles in px, for a face on their border
  private static let tileOverlap = 96
  /// With more tiles than this, the picture is reduced until they suffice.
  private static let tileLimit = 24

  /// How a look samples a picture.
  struct Geometry: Equatable {
    /// Size of the detector's input, multiples of 32
    var size: MapSize
    /// Maps px of the input to px of the picture
    var lookToFrame: SimilarityTransform
    /// Roll in the picture, in radians, of the faces that this look sees upright
    var rotation: Float = 0
  }

  func geometry(width: Int, height: Int) -> Geometry? {
    let longer = Float(max(width, height))
    switch self {
    case .quick: return Self.whole(width, height, scale: longer / Float(Self.quickSide))
    case .fine: return Self.whole(width, height, scale: longer / Float(Self.fineSide))
    case .turned(let eighths):
      return Self.turned(
        width, height, by: Float(eighths) * .pi / 4, scale: longer / Float(Self.quickSide))
    case .tile(let index): return Self.tile(index, width, height)
    }
  }

  /// Number of tiles of a picture; 0 if ``fine`` sees every pixel.
  static func tileCount(width: Int, height: Int) -> Int {
    tiles(width, height).map { $0.columns * $0.rows } ?? 0
  }

  /// Enlarging more than twice shows nothing new.
  private static let smallestScale: Float = 0.5

  private static func whole(_ width: Int, _ height: Int, scale: Float) -> Geometry {
    let scale = max(scale, smallestScale)
    return Geometry(
      size: MapSize(padded(Float(width) / scale), padded(Float(height) / scale)),
      lookToFrame: SimilarityTransform(a: scale, b: 0, tx: 0, ty: 0))
  }

  private static func turned(
    _ width: Int, _ height: Int, by rotation: Float, scale: Float
  ) -> Geometry {
    let scale = max(scale, smallestScale)
    let (w, h) = (Float(width), Float(height))
    let (across, down) = (abs(cos(rotation)), abs(sin(rotation)))
    let size = MapSize(
      padded((w * across + h * down) / scale), padded((w * down + h * across) / scale))
    return Geometry(
      size: size,
      lookToFrame: SimilarityTransform(
        moving: Point(Float(size.width) / 2, Float(size.height) / 2), to: Point(w / 2, h / 2),
        rotation: rotation, scale: scale),
      rotation: rotation)
  }

  private static func tiles(
    _ width: Int, _ height: Int
  ) -> (columns: Int, rows: Int, scale: Float)? {
    guard max(width, height) > fineSide * 5 / 4 else { return nil }
    var scale: Float = 1
    while true {
      let (columns, rows) = (tileCount(width, scale), tileCount(height, scale))
      if columns * rows <= tileLimit { return (columns, rows, scale) }
      scale *= 1.25
    }
  }

  private static func tileCount(_ side: Int, _ scale: Float) -> Int {
    let step = Float(fineSide - tileOverlap)
    return max(1, Int(((Float(side) / scale - Float(tileOverlap)) / step).rounded(.up)))
  }

  private static func tile(_ index: Int, _ width: Int, _ height: Int) -> Geometry? {
    guard let (columns, rows, scale) = tiles(width, height), index < columns * rows else {
      return nil
    }
    func start(_ place: Int, of count: Int, _ side: Int) -> Float {
      let last = max(0, Float(side) - Float(fineSide) * scale)
      return count > 1 ? (last * Float(place) / Float(count - 1)).rounded() : 0
    }
    return Geometry(
      size: MapSize(
        min(fineSide, padded(Float(width) / scale)), min(fineSide, padded(Float(height) / scale))),
      lookToFrame: SimilarityTransform(
        a: scale, b: 0, tx: start(index % columns, of: columns, width),
        ty: start(index / columns, of: rows, height)))
  }

  /// Rounds up to the next multiple of 32.
  private static func padded(_ side: Float) -> Int { (max(1, Int(side.rounded())) + 31) / 32 * 32 }
}
