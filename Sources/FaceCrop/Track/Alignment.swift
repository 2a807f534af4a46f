import Imaging

/// What a measurement's landmarks say about the crop they were found in.
struct Alignment {
  /// (68,) px of the frame
  let landmarks: [Point]
  /// The crop that these landmarks ask for.
  let frameToCrop: SimilarityTransform
  /// px of the crop, root mean square distance of the five points from the template once aligned
  let residual: Float
  /// From the crop that was measured to the one asked for.
  let correction: SimilarityTransform

  /// nil where the landmarks are no points, or all of them one.
  init?(_ measured: [Point], in crop: AlignedCrop) {
    guard measured.count == 68, let cropToFrame = crop.frameToCrop.inverse,
      measured.allSatisfy({ abs($0.x) < 100 && abs($0.y) < 100 }),
      case let landmarks = measured.map({ cropToFrame($0 * Float(AlignedCrop.side)) }),
      let frameToCrop = FaceTemplate.transform(aligning: landmarks),
      let correction = FaceTemplate.transform(
        aligning: measured.map { $0 * Float(AlignedCrop.side) }),
      frameToCrop.scale > 0, frameToCrop.scale.isFinite
    else { return nil }
    self.landmarks = landmarks
    self.frameToCrop = frameToCrop
    self.correction = correction
    let squares = zip(FaceTemplate.points(of: landmarks), FaceTemplate.points).map {
      found, wanted in
      let away = frameToCrop(found) - wanted
      return away.x * away.x + away.y * away.y
    }
    residual = (squares.reduce(0, +) / Float(squares.count)).squareRoot()
  }

  /// How far the crop has to move, px of the crop: the mean way of the template's points.
  var shift: Float {
    let ways = FaceTemplate.points.map { point in
      let way = correction(point) - point
      return (way.x * way.x + way.y * way.y).squareRoot()
    }
    return ways.reduce(0, +) / Float(ways.count)
  }
}
