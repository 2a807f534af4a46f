import Imaging

/// What a measurement's landmarks say about the crop they were found in.
struct Alignment {
  /// (68,) px of the frame
  let landmarks: [Point]
  /// The crop that these landmarks call for.
  let frameToCrop: SimilarityTransform
  let cropToFrame: SimilarityTransform
  /// Root mean square distance of the aligned five points from the template, px of the crop
  let residual: Float
  /// Mean distance that the template's points move from the crop that was measured to the one that
  /// the landmarks call for, px of the crop
  let shift: Float

  /// nil if the landmarks are not plausible points, or all coincide.
  init?(_ measured: [Point], in crop: AlignedCrop) {
    let side = Float(AlignedCrop.side)
    guard measured.count == 68, let measuredToFrame = crop.frameToCrop.inverse,
      measured.allSatisfy({ abs($0.x) < 10 && abs($0.y) < 10 }),
      case let landmarks = measured.map({ measuredToFrame($0 * side) }),
      let frameToCrop = FaceTemplate.transform(aligning: landmarks),
      let cropToFrame = frameToCrop.inverse, cropToFrame.scale.isFinite
    else { return nil }
    self.landmarks = landmarks
    self.frameToCrop = frameToCrop
    self.cropToFrame = cropToFrame
    let squares = zip(FaceTemplate.points(of: landmarks), FaceTemplate.points).map {
      squaredLength(frameToCrop($0) - $1)
    }
    residual = (squares.reduce(0, +) / Float(squares.count)).squareRoot()
    shift =
      FaceTemplate.points.reduce(0) { sum, point in
        sum + length(frameToCrop(measuredToFrame(point)) - point)
      } / Float(FaceTemplate.points.count)
  }

  /// The crop's place: an upright square around its centre, px of the frame.
  var face: Rect { frameToCrop.face }
}

extension SimilarityTransform {
  /// The place of the crop of a transform from frame to crop: an upright square, px of the frame.
  var face: Rect {
    guard let back = inverse else { return Rect(x: 0, y: 0, width: 0, height: 0) }
    let center = back(Point(repeating: Float(AlignedCrop.side) / 2))
    let width = Float(AlignedCrop.side) / scale
    return Rect(x: center.x - width / 2, y: center.y - width / 2, width: width, height: width)
  }
}

extension Rect {
  /// Two faces cannot be this near: one hides the other.
  func isSameFace(as other: Rect) -> Bool {
    length(center - other.center) < 0.4 * max(height, other.height)
      && max(height, other.height) < 2.5 * min(height, other.height)
  }

  /// How well a detection fits a face that was here: their overlap, plus a little for one that is
  /// less than its size away.
  func closeness(to other: Rect) -> Float {
    guard max(height, other.height) < 2.5 * min(height, other.height) else { return 0 }
    let way = length(center - other.center) / max(height, other.height)
    return overlap(with: other) + max(0, 0.1 * (1 - way))
  }
}

private func squaredLength(_ way: Point) -> Float { way.x * way.x + way.y * way.y }

func length(_ way: Point) -> Float { squaredLength(way).squareRoot() }
