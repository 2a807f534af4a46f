import Imaging

// Finds out what is where a face is expected: a face by its landmarks, by its detection, or none.
extension FaceTracker {
  /// The same, one crop at a time.
  func track<Measurement: FaceMeasurement>(
    _ image: Image, time: Double, measure: (AlignedCrop, _ id: Int) throws -> Measurement
  ) rethrows -> [TrackedFace<Measurement>] {
    try track(image, time: time, measureAll: { try $0.map { try measure($0.crop, $0.id) } })
  }

  /// Measures where each known face was, all of them together, and those that have moved far again
  /// where they are now.
  func follow<Measurement: FaceMeasurement>(
    _ image: Image, _ measure: ([(crop: AlignedCrop, id: Int)]) throws -> [Measurement]
  ) rethrows -> [Sighting<Measurement>?] {
    var sightings = try look(at: tracks.map { ($0.frameToCrop, $0.id) }, image, measure)
    let moved = sightings.indices.filter {
      guard let shift = sightings[$0]?.alignment?.shift else { return false }
      return shift > Limits.outrun && shift < Limits.jump
    }
    let places = moved.compactMap { index in
      sightings[index]?.alignment.map { ($0.frameToCrop, tracks[index].id) }
    }
    for (index, sighting) in zip(moved, try look(at: places, image, measure)) {
      sightings[index] = sighting
    }
    return sightings
  }

  /// Decides which sighting of a known face holds in this frame: that of its landmarks, that of its
  /// detection, or none.
  func settle<Measurement: FaceMeasurement>(
    _ sighting: Sighting<Measurement>?, _ detection: Detection?, _ track: Track, isLooked: Bool,
    _ time: Double, _ image: Image,
    _ measure: ([(crop: AlignedCrop, id: Int)]) throws -> [Measurement]
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
    _ measure: ([(crop: AlignedCrop, id: Int)]) throws -> [Measurement]
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
    _ measure: ([(crop: AlignedCrop, id: Int)]) throws -> [Measurement]
  ) rethrows -> Sighting<Measurement>? {
    try look(at: [(frameToCrop, id)], image, measure)[0]
  }

  /// Measures crops together; nil for one with nothing to see.
  func look<Measurement: FaceMeasurement>(
    at places: [(frameToCrop: SimilarityTransform, id: Int)], _ image: Image,
    _ measure: ([(crop: AlignedCrop, id: Int)]) throws -> [Measurement]
  ) rethrows -> [Sighting<Measurement>?] {
    let crops = places.map { place -> AlignedCrop? in
      guard let crop = AlignedCrop(image, frameToCrop: place.frameToCrop)?.brightened(),
        crop.contrast > Limits.contrast,
        Limits.size(in: image).contains(place.frameToCrop.face.width)
      else { return nil }
      return crop
    }
    let seen = zip(crops, places).compactMap { crop, place in crop.map { (crop: $0, id: place.id) }
    }
    guard !seen.isEmpty else { return places.map { _ in nil } }
    var measurements = try measure(seen).makeIterator()
    return crops.map { crop in
      guard let crop, let measurement = measurements.next() else { return nil }
      return Sighting(
        crop: crop, measurement: measurement,
        alignment: Alignment(measurement.landmarks, in: crop).flatMap {
          Limits.size(in: image).contains($0.face.width) ? $0 : nil
        })
    }
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
  /// Mean distance of the landmarks' five points from the detector's.
  static let agreement: Float = 12
  /// Beyond this shift the face has moved so far that it is measured again.
  static let outrun: Float = 9
  static let jump: Float = 40

  /// Most measurements of a new face before its landmarks must have settled.
  static let passes = 4
  static let settledShift: Float = 1

  /// Degrees of yaw beyond which a face is turned away, by its landmarks; they say too little beyond
  /// 40.
  static let turnedYaw: Float = 45
  /// The same by the detector's points, which are less exact.
  static let turnedPoints: Float = 50
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
