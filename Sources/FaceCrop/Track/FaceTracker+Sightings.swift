import Imaging

// Finds out what is where a face is expected: a face by its landmarks, by its detection, or none.
extension FaceTracker {
  /// Measures where a known face was, and measures again where it is now if it has moved far.
  func follow<Measurement: FaceMeasurement>(
    _ frameToCrop: SimilarityTransform, id: Int, _ image: Image,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Sighting<Measurement>? {
    let sighting = try look(at: frameToCrop, id: id, image, measure)
    guard let alignment = sighting?.alignment, alignment.shift > Limits.outrun,
      alignment.shift < Limits.jump
    else { return sighting }
    return try look(at: alignment.frameToCrop, id: id, image, measure)
  }

  /// Decides which sighting of a known face holds in this frame: that of its landmarks, that of its
  /// detection, or none.
  func settle<Measurement: FaceMeasurement>(
    _ sighting: Sighting<Measurement>?, _ detection: Detection?, _ track: Track, isLooked: Bool,
    _ time: Double, _ image: Image,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Sighting<Measurement>? {
    guard let detection else {
      // Only the landmarks: between two looks, or for a moment.
      guard let sighting, sighting.isSound,
        !isLooked || (0...Limits.unconfirmed).contains(time - track.detected)
      else { return nil }
      return sighting
    }
    if var sighting, let alignment = sighting.alignment {
      sighting.detection = detection
      // If the face is turned in the look, the detector's points do not contradict its landmarks,
      // and would lead them astray.
      if sighting.isLikely, !sighting.isComparable(with: detection) { return sighting }
      if alignment.residual < Limits.residual,
        alignment.disagreement(with: detection) < Limits.agreement
      {
        return sighting
      }
    }
    return try approach(detection, id: track.id, image, measure)
  }

  /// A face where the detector sees one: by its landmarks if they settle and agree with the
  /// detector's points, otherwise by those points.
  func approach<Measurement: FaceMeasurement>(
    _ detection: Detection, id: Int, _ image: Image,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Sighting<Measurement>? {
    guard let start = detection.frameToCrop,
      var first = try look(at: start, id: id, image, measure)
    else { return nil }
    first.detection = detection
    var sighting = first
    for _ in 1..<Limits.passes {
      guard let alignment = sighting.alignment, alignment.residual < Limits.residual,
        alignment.disagreement(with: detection) < Limits.agreement
      else { break }
      if alignment.shift < Limits.settledShift { return sighting }
      guard
        var next = try look(at: alignment.frameToCrop, id: id, image, measure)
      else { break }
      next.detection = detection
      sighting = next
    }
    if let alignment = sighting.alignment, alignment.residual < Limits.residual,
      alignment.disagreement(with: detection) < Limits.agreement
    {
      return sighting
    }
    first.alignment = nil
    return first
  }

  /// Measures one crop; nil if there is nothing to see.
  func look<Measurement: FaceMeasurement>(
    at frameToCrop: SimilarityTransform, id: Int, _ image: Image,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Sighting<Measurement>? {
    guard let crop = AlignedCrop(image, frameToCrop: frameToCrop)?.brightened(),
      crop.contrast > Limits.contrast,
      Limits.size(in: image).contains(frameToCrop.face.width)
    else { return nil }
    let measurement = try measure(crop, id)
    return Sighting(
      crop: crop, measurement: measurement,
      alignment: Alignment(measurement.landmarks, in: crop).flatMap {
        Limits.size(in: image).contains($0.face.width) ? $0 : nil
      })
  }
}

/// Lengths are px of the crop.
enum Limits {
  /// Share of a face that must lie in the picture.
  static let visibleShare: Float = 0.7
  /// Grey levels, standard deviation: nobody could read a face below this.
  static let contrast: Float = 4
  static let residual: Float = 9
  static let soundResidual: Float = 6.8
  /// 99 of 100 frames of a tracked face shift less.
  static let soundShift: Float = 2.8
  /// Score of a candidate from which it is worth taking the turned looks.
  static let worthTurning: Float = 0.6
  /// Score required of a new face that only a turned look sees.
  static let turnedScore: Float = 0.78
  /// Mean distance of the landmarks' five points from the detector's.
  static let agreement: Float = 12
  /// Beyond this shift the face has moved so far that it is measured again.
  static let outrun: Float = 9
  static let jump: Float = 40

  /// Most measurements of a new face before its landmarks must have settled.
  static let passes = 4
  static let settledShift: Float = 1

  /// Degrees of yaw beyond which a face is turned away.
  static let turnedYaw: Float = 45
  /// px of the picture: the eyes of smaller faces cannot be read.
  static let eyesHeight: Float = 60

  /// Seconds that landmarks are trusted while the detector sees nothing.
  static let unconfirmed = 0.1
  /// Seconds for which a rejected detection is not examined again.
  static let patience = 0.5

  /// Permitted width of a crop, px of the picture.
  static func size(in image: Image) -> ClosedRange<Float> {
    12...Float(3 * max(image.width, image.height))
  }
}
