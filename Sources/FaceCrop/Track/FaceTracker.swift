import Imaging

/// Follows faces from frame to frame with the landmarks of the network that reads them and the
/// detector that finds them.
///
/// Each frame, a face's crop lies where its landmarks were in the last one. The detector looks for
/// new faces, confirms those that are followed, and follows by itself those whose landmarks fail:
/// profiles and covered faces. Detections and tracks are matched together.
///
/// Owned by one task: not `Sendable`.
public final class FaceTracker {
  private let detector: any FaceDetector
  private let maxFaces: Int

  private var tracks: [Track] = []
  /// Out of sight for at most ``Track/Limits/memory``.
  private var hidden: [Track] = []
  private var rejected: [Rejection] = []
  private var nextID = 1
  private var schedule = LookSchedule()

  public init(detector: any FaceDetector, maxFaces: Int = 4) {
    self.detector = detector
    self.maxFaces = maxFaces
  }

  /// The faces of the next frame, largest first.
  ///
  /// - Parameters:
  ///   - time: seconds on the source's clock
  ///   - measure: what the network says of a crop that may show face `id`. It may be called several
  ///     times for one face, and for what turns out not to be one; only the measurements that are
  ///     returned count, so state for an id is to be taken from those.
  public nonisolated(nonsending) func track<Measurement: FaceMeasurement>(
    _ image: Image, time: Double,
    measure: nonisolated(nonsending) (AlignedCrop, _ id: Int) async throws -> Measurement
  ) async rethrows -> [TrackedFace<Measurement>] {
    hidden.removeAll { !(0...Track.Limits.memory).contains($0.age(at: time)) }
    var looks = FrameLooks(detector, image)
    let isMissing = hidden.contains { $0.age(at: time) <= Track.Limits.hiding }
    for look in schedule.looks(
      at: time, in: image, isFollowing: !tracks.isEmpty, isMissing: isMissing)
    { looks.take(look) }

    // What stands where the known faces were.
    var sightings: [Sighting<Measurement>?] = []
    for track in tracks {
      sightings.append(try await follow(track.frameToCrop, id: track.id, image, measure))
    }
    let isDoubtful = sightings.contains { $0?.isSound != true || $0?.isCutOff(by: image) == true }
    if isDoubtful { looks.take(.quick) }

    var pairs = match(sightings, looks.detections, time)
    if !looks.isEmpty {
      // A second look for those that the first one missed.
      for index in tracks.indices where pairs[index] == nil {
        looks.take(tracks[index].confirmingLook)
        pairs = match(sightings, looks.detections, time)
        guard pairs[index] == nil else { continue }
        looks.take(.fine)
        pairs = match(sightings, looks.detections, time)
      }
    }

    var faces: [Face<Measurement>] = []
    var lost: [Track] = []
    for (index, track) in tracks.enumerated() {
      var track = track
      let detection = pairs[index].map { looks.detections[$0] }
      guard
        let sighting = try await settle(
          sightings[index], detection, track, isLooked: !looks.isEmpty, time, image, measure),
        case let quality = Proof.quality(
          sighting.evidence(score: track.score, disagreement: track.disagreement)),
        quality >= Proof.kept
      else {
        lost.append(track)
        continue
      }
      track.update(sighting, time: time)
      faces.append(Face(track: track, sighting: sighting, quality: quality))
    }
    lost += separate(&faces)
    hidden += lost

    let matched = Set(pairs.compactMap { $0 })
    let free = looks.detections.indices.filter { !matched.contains($0) }
      .map { looks.detections[$0] }
    faces += try await newFaces(free, beside: faces, time, image, measure)
    faces.sort { $0.sighting.box.height > $1.sighting.box.height }
    tracks = faces.map(\.track)
    return faces.map { $0.trackedFace(in: image) }
  }

  /// Each track's detection, so that their overlaps are largest in all.
  private func match<Measurement>(
    _ sightings: [Sighting<Measurement>?], _ detections: [Detection], _ time: Double
  ) -> [Int?] {
    assign(
      zip(tracks, sightings).map { track, sighting in
        let places = [
          sighting.flatMap { $0.isSound ? $0.box : nil } ?? track.box(at: time), track.box,
        ]
        return detections.map { detection in
          places.map { $0.closeness(to: detection.box) }.max() ?? 0
        }
      })
  }

  /// What is measured where a known face was, once more where it is now if it has moved far.
  private nonisolated(nonsending) func follow<Measurement: FaceMeasurement>(
    _ frameToCrop: SimilarityTransform, id: Int, _ image: Image,
    _ measure: nonisolated(nonsending) (AlignedCrop, Int) async throws -> Measurement
  ) async rethrows -> Sighting<Measurement>? {
    let sighting = try await look(at: frameToCrop, id: id, image, measure)
    guard let alignment = sighting?.alignment, alignment.shift > Limits.outrun,
      alignment.shift < Limits.jump
    else { return sighting }
    return try await look(at: alignment.frameToCrop, id: id, image, measure)
  }

  /// Which sighting of a known face holds in this frame: that of its landmarks, of its detection, or
  /// none.
  private nonisolated(nonsending) func settle<Measurement: FaceMeasurement>(
    _ sighting: Sighting<Measurement>?, _ detection: Detection?, _ track: Track, isLooked: Bool,
    _ time: Double, _ image: Image,
    _ measure: nonisolated(nonsending) (AlignedCrop, Int) async throws -> Measurement
  ) async rethrows -> Sighting<Measurement>? {
    guard let detection else {
      // The landmarks alone: between two looks, or for a moment.
      guard let sighting, sighting.isSound,
        !isLooked || (0...Limits.unconfirmed).contains(time - track.detected)
      else { return nil }
      return sighting
    }
    if var sighting, let alignment = sighting.alignment {
      sighting.detection = detection
      if alignment.residual < Limits.residual,
        alignment.disagreement(with: detection) < Limits.agreement
      {
        return sighting
      }
    }
    return try await approach(detection, id: track.id, image, measure)
  }

  /// A face where the detector sees one: by its landmarks where they come to rest and agree with the
  /// detector's points, else by those points.
  private nonisolated(nonsending) func approach<Measurement: FaceMeasurement>(
    _ detection: Detection, id: Int, _ image: Image,
    _ measure: nonisolated(nonsending) (AlignedCrop, Int) async throws -> Measurement
  ) async rethrows -> Sighting<Measurement>? {
    guard let start = detection.frameToCrop,
      var first = try await look(at: start, id: id, image, measure)
    else { return nil }
    first.detection = detection
    var sighting = first
    for _ in 1..<Limits.passes {
      guard let alignment = sighting.alignment, alignment.residual < Limits.residual,
        alignment.disagreement(with: detection) < Limits.agreement
      else { break }
      if alignment.shift < Limits.settledShift { return sighting }
      guard
        var next = try await look(at: alignment.frameToCrop, id: id, image, measure)
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

  /// What is measured in one crop; nil where there is nothing to see.
  private nonisolated(nonsending) func look<Measurement: FaceMeasurement>(
    at frameToCrop: SimilarityTransform, id: Int, _ image: Image,
    _ measure: nonisolated(nonsending) (AlignedCrop, Int) async throws -> Measurement
  ) async rethrows -> Sighting<Measurement>? {
    guard let crop = AlignedCrop(image, frameToCrop: frameToCrop), crop.contrast > Limits.contrast,
      Limits.size(in: image).contains(frameToCrop.face.width)
    else { return nil }
    let measurement = try await measure(crop, id)
    return Sighting(
      crop: crop, measurement: measurement,
      alignment: Alignment(measurement.landmarks, in: crop).flatMap {
        Limits.size(in: image).contains($0.face.width) ? $0 : nil
      })
  }

  /// Two tracks that have come to one face: the one that looks more like it goes on, the older one
  /// if neither does; the other is hidden behind it.
  private func separate<Measurement>(_ faces: inout [Face<Measurement>]) -> [Track] {
    var lost: [Track] = []
    var index = 0
    while index < faces.count {
      guard
        let other = faces[..<index].firstIndex(where: {
          $0.sighting.box.isSameFace(as: faces[index].sighting.box)
        })
      else {
        index += 1
        continue
      }
      let isDetected = (faces[other].sighting.detection != nil, faces[index].sighting.detection != nil)
      let loser = isDetected == (false, true) ? other : index
      lost.append(faces.remove(at: loser).track)
      if loser == other { index -= 1 }
    }
    return lost
  }

  /// Faces among detections that belong to no track, with the number of one that was hidden where
  /// it is the same.
  private nonisolated(nonsending) func newFaces<Measurement: FaceMeasurement>(
    _ detections: [Detection], beside known: [Face<Measurement>], _ time: Double, _ image: Image,
    _ measure: nonisolated(nonsending) (AlignedCrop, Int) async throws -> Measurement
  ) async rethrows -> [Face<Measurement>] {
    rejected.removeAll { !(0...Limits.patience).contains(time - $0.time) }
    var new: [Face<Measurement>] = []
    for detection in detections.sorted(by: { $0.box.height > $1.box.height })
    where known.count + new.count < maxFaces {
      guard
        !(known + new).contains(where: { $0.sighting.box.isSameFace(as: detection.box) }),
        !rejected.contains(where: { $0.box.overlap(with: detection.box) > 0.5 })
      else { continue }
      guard let sighting = try await approach(detection, id: nextID, image, measure),
        case let quality = Proof.quality(sighting.evidence()), quality >= Proof.accepted
      else {
        rejected.append(Rejection(box: detection.box, time: time))
        continue
      }
      guard !(known + new).contains(where: { $0.sighting.box.isSameFace(as: sighting.box) })
      else { continue }
      let id = number(of: sighting, time)
      new.append(
        Face(
          track: Track(id: id, sighting, time: time), sighting: sighting, quality: quality))
    }
    return new
  }

  /// That of the hidden face which is most like it, or a new one.
  private func number<Measurement>(of sighting: Sighting<Measurement>, _ time: Double) -> Int {
    let appearance = sighting.alignment.map { _ in Appearance(sighting.crop) }
    let likeness = hidden.map { $0.likeness(to: sighting.box, appearance, at: time) }
    if let best = likeness.indices.max(by: { likeness[$0] < likeness[$1] }), likeness[best] > 0 {
      return hidden.remove(at: best).id
    }
    defer { nextID += 1 }
    return nextID
  }
}

/// Where something was found that is no face.
private struct Rejection {
  var box: Rect
  var time: Double
}

/// A face of this frame with its track.
private struct Face<Measurement: FaceMeasurement> {
  var track: Track
  var sighting: Sighting<Measurement>
  var quality: Float

  func trackedFace(in image: Image) -> TrackedFace<Measurement> {
    TrackedFace(
      id: track.id,
      box: sighting.box.intersection(
        Rect(x: 0, y: 0, width: Float(image.width), height: Float(image.height))),
      landmarks: sighting.landmarks, quality: quality,
      isTurnedAway: sighting.alignment == nil && sighting.detection?.isTurnedAway == true,
      crop: sighting.crop, measurement: sighting.measurement)
  }
}

/// Lengths are px of the crop.
enum Limits {
  /// Grey levels, standard deviation: below is no face that anyone could read.
  static let contrast: Float = 4
  static let residual: Float = 9
  static let soundResidual: Float = 6.8
  /// Of a face that is followed 99 of 100 frames shift less.
  static let soundShift: Float = 2.8
  /// Mean distance of the landmarks' five points from the detector's.
  static let agreement: Float = 10
  /// Beyond it the face has moved so far that it is measured again.
  static let outrun: Float = 9
  static let jump: Float = 40

  /// Looks at a new face until it must lie still.
  static let passes = 4
  static let settledShift: Float = 1

  /// Seconds that landmarks are believed when the detector sees nothing.
  static let unconfirmed = 0.1
  /// Seconds in which what is no face is not looked at again.
  static let patience = 0.5

  /// px of the picture that a crop may be wide.
  static func size(in image: Image) -> ClosedRange<Float> {
    12...Float(3 * max(image.width, image.height))
  }
}
