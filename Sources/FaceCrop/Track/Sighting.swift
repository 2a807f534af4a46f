import Glibc
import Imaging

/// A face, or a candidate for one, in the current frame.
struct Sighting<Measurement: FaceMeasurement> {
  var crop: AlignedCrop
  var measurement: Measurement
  /// nil if the landmarks do not fit the face that the detector sees, so that only its box and
  /// points tell where it is.
  var alignment: Alignment?
  var detection: Detection?

  /// px of the frame
  var box: Rect {
    if let alignment { return alignment.box }
    return detection?.box ?? crop.frameToCrop.face
  }

  /// (68,) px of the frame, as measured
  var landmarks: [Point] {
    if let alignment { return alignment.landmarks }
    guard let back = crop.frameToCrop.inverse else { return [] }
    return measurement.landmarks.map { back($0 * Float(AlignedCrop.side)) }
  }

  /// Whether the landmarks are those of a face that is where the crop looked for it.
  var isSound: Bool {
    guard let alignment else { return false }
    return isLikely && alignment.residual < Limits.soundResidual
      && alignment.shift < Limits.soundShift + 0.5 * alignment.frameToCrop.scale
  }

  /// Whether the landmarks are those of a face, which may have moved.
  var isLikely: Bool {
    guard let alignment else { return false }
    return alignment.residual < Limits.residual && alignment.shift < Limits.jump
      && measurement.nonFace < 1.5
  }

  /// Whether part of the face lies outside the picture.
  func isCutOff(by image: Image) -> Bool {
    let frame = Rect(x: 0, y: 0, width: Float(image.width), height: Float(image.height))
    return box.intersection(frame).area < 0.95 * box.area
  }

  /// Whether the crop extends beyond the border, so that the face's appearance is not reliable.
  func isAtBorder(of image: Image) -> Bool {
    let frame = Rect(x: 0, y: 0, width: Float(image.width), height: Float(image.height))
    let place = frameToCrop.face
    return place.intersection(frame).area < 0.97 * place.area
  }

  /// Whether so little of the face lies in the picture that it cannot be read.
  func isLeaving(_ image: Image) -> Bool {
    let frame = Rect(x: 0, y: 0, width: Float(image.width), height: Float(image.height))
    // The detector's box ends at the edge of the picture.
    let place = box
    return place.intersection(frame).area < Limits.visibleShare * place.area
  }

  /// The crop that the face calls for.
  var frameToCrop: SimilarityTransform {
    alignment?.frameToCrop ?? detection?.frameToCrop ?? crop.frameToCrop
  }

  /// The evidence for it; `score` stands for the detector's if this frame has no detection.
  func evidence(score: Float = 0, disagreement: Float? = nil) -> Evidence {
    Evidence(
      score: detection?.score ?? score,
      disagreement: detection.map { self.disagreement(with: $0) } ?? disagreement
        ?? (alignment == nil ? Evidence.disagreementLimit : 5),
      nonFace: measurement.nonFace, size: box.height,
      contrast: crop.contrast)
  }

  func disagreement(with detection: Detection) -> Float {
    alignment.map { $0.disagreement(with: detection) } ?? Evidence.disagreementLimit
  }

  /// Whether the detector could place its points, because it saw the face nearly upright.
  func isComparable(with detection: Detection) -> Bool {
    guard let alignment else { return true }
    let roll = -alignment.frameToCrop.rotation
    return abs((roll - detection.lookRotation).wrappedAngle) <= Detection.trustedRoll
  }
}

extension Alignment {
  /// px of the frame: brows to chin, plus a forehead
  var box: Rect {
    var box = Rect(around: landmarks)!
    box.y -= 0.2 * box.height
    box.height *= 1.2
    return box
  }

  /// Mean distance of the five points from the detector's, px of the crop, minus the uncertainty of
  /// a pixel of the picture.
  func disagreement(with detection: Detection) -> Float {
    let sum = zip(FaceTemplate.points(of: landmarks), detection.points.all).reduce(0) {
      $0 + length($1.0 - $1.1)
    }
    return max(0, (sum / 5 - 0.75) * frameToCrop.scale)
  }
}

extension Detection {
  /// Degrees of yaw that the points show, positive to the person's left. A nose stands out from the
  /// line through the eyes, so the further a head is turned, the further the nose lies from their
  /// middle: tan(yaw) times a share of their distance, which `Training/pose.py` fitted. In a profile the
  /// eyes coincide.
  var yaw: Float {
    let eyes = points.rightEye - points.leftEye
    guard length(eyes) >= 0.22 * box.height else { return 90 }
    let nose = points.nose - (points.leftEye + points.rightEye) / 2
    let along = nose.x * eyes.x + nose.y * eyes.y
    return atan2(along, Self.noseLength * (eyes.x * eyes.x + eyes.y * eyes.y)) * 180 / .pi
  }

  private static let noseLength: Float = 0.39
}
