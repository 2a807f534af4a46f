import Imaging

/// Tracks faces from frame to frame with the landmarks of the network that reads them and the
/// detector that finds them.
///
/// In each frame, a face's crop lies where its landmarks were in the previous frame. The detector
/// finds new faces, confirms those being tracked, and on its own tracks those whose landmarks fail:
/// profiles and covered faces. Detections and tracks are matched jointly.
///
/// Owned by one task: not `Sendable`.
public final class FaceTracker {
  private let detector: any FaceDetector
  private let maxFaces: Int

  private(set) var tracks: [Track] = []
  /// Tracks out of sight for at most ``Track/Limits/memory``.
  private var hidden: [Track] = []
  private var rejected: [Rejection] = []
  private var nextID = 1
  private var schedule = LookSchedule()
  /// Called with the evidence for each candidate for a new face.
  var observe: ((Detection, Evidence) -> Void)?

  public init(detector: any FaceDetector, maxFaces: Int = 4) {
    self.detector = detector
    self.maxFaces = maxFaces
  }

  /// Begins another sequence. Numbers of faces go on, so that none stands for two people.
  public func forget() {
    (tracks, hidden, rejected) = ([], [], [])
    schedule = LookSchedule()
  }

  /// Returns the faces of the next frame, largest first.
  ///
  /// - Parameters:
  ///   - time: seconds on the source's clock
  ///   - measure: runs the network on crops, each of which may show face `id`, and returns as many
  ///     measurements: first on all known faces together. It may be called several times for one
  ///     face, and for candidates that turn out not to be faces. Only the returned measurements
  ///     count, so take the state of an id from those.
  public func track<Measurement: FaceMeasurement>(
    _ image: Image, time: Double,
    measureAll measure: ([(crop: AlignedCrop, id: Int)]) throws -> [Measurement]
  ) rethrows -> [TrackedFace<Measurement>] {
    hidden.removeAll { !(0...Track.Limits.memory).contains($0.age(at: time)) }
    var looks = FrameLooks(detector, image)
    let isMissing = hidden.contains { $0.age(at: time) <= Track.Limits.hiding }
    for look in schedule.looks(
      at: time, in: image, isFollowing: !tracks.isEmpty, isMissing: isMissing)
    { looks.take(look) }

    // Measure where the known faces were.
    let sightings = try follow(image, measure)
    let isDoubtful = sightings.contains { $0?.isSound != true || $0?.isCutOff(by: image) == true }
    if isDoubtful { looks.take(.quick) }

    var pairs = match(sightings, looks.detections, time)
    if !looks.isEmpty {
      // A second look for faces that the first one missed.
      for index in tracks.indices where pairs[index] == nil {
        looks.take(tracks[index].confirmingLook(in: image))
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
        let sighting = try settle(
          sightings[index], detection, track, isLooked: !looks.isEmpty, time, image, measure),
        case let quality = Proof.quality(
          track.evidence(of: sighting)),
        quality >= Proof.kept, !sighting.isLeaving(image)
      else {
        lost.append(track)
        continue
      }
      track.update(sighting, in: image, time: time)
      faces.append(Face(track, sighting, quality: quality, time: time))
    }
    lost += separate(&faces, in: image)
    hidden += lost

    let matched = Set(pairs.compactMap { $0 })
    func free() -> [Detection] {
      looks.detections.indices.filter { index in
        !matched.contains(index)
          && !rejected.contains { $0.box.overlap(with: looks.detections[index].box) > 0.5 }
      }.map { looks.detections[$0] }
    }
    rejected.removeAll { !(0...Limits.patience).contains(time - $0.time) }
    if free().contains(where: { $0.score > Limits.worthTurning }) {
      // Before accepting a new face, look at it in all rotations: which way is up?
      for eighths in 1...7 { looks.take(.turned(eighths: eighths)) }
    }
    faces += try newFaces(free(), beside: faces, time, image, measure)
    faces.sort { $0.sighting.box.height > $1.sighting.box.height }
    tracks = faces.map(\.track)
    return faces.map { $0.trackedFace(in: image) }
  }

  /// Matches each track with a detection so that the total overlap is largest.
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

  /// If two tracks have come to one face, the track that looks more like it continues, or else the
  /// one that the detector sees, or the older one. The other counts as hidden behind it.
  private func separate<Measurement>(
    _ faces: inout [Face<Measurement>], in image: Image
  ) -> [Track] {
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
      let (first, second) = (faces[other], faces[index])
      let likeness = second.misfit(in: image) - first.misfit(in: image)
      let isSecondBetter =
        abs(likeness) > 0.1
        ? likeness < 0 : first.sighting.detection == nil && second.sighting.detection != nil
      let loser = isSecondBetter ? other : index
      lost.append(faces.remove(at: loser).track)
      if loser == other { index -= 1 }
    }
    return lost
  }

  /// New faces among detections that belong to no track. One that matches a hidden face keeps that
  /// face's id.
  private func newFaces<Measurement: FaceMeasurement>(
    _ detections: [Detection], beside known: [Face<Measurement>], _ time: Double, _ image: Image,
    _ measure: ([(crop: AlignedCrop, id: Int)]) throws -> [Measurement]
  ) rethrows -> [Face<Measurement>] {
    var new: [Face<Measurement>] = []
    for detection in detections.upright.sorted(by: { $0.box.height > $1.box.height })
    where known.count + new.count < maxFaces {
      guard
        !(known + new).contains(where: { $0.sighting.box.isSameFace(as: detection.box) })
      else { continue }
      let sighting = try approach(detection, id: nextID, image, measure)
      if let sighting { observe?(detection, sighting.evidence()) }
      if let sighting, sighting.isLeaving(image) { continue }
      guard let sighting, case let quality = Proof.quality(sighting.evidence()),
        quality >= (isReturning(sighting, time) ? Proof.returning : Proof.accepted),
        // Even an upside-down face looks a little like an upright one.
        detection.lookRotation == 0 || sighting.alignment != nil
      else {
        rejected.append(Rejection(box: detection.box, time: time))
        continue
      }
      guard !(known + new).contains(where: { $0.sighting.box.isSameFace(as: sighting.box) })
      else { continue }
      let id = number(of: sighting, in: image, time)
      new.append(
        Face(
          Track(id: id, sighting, in: image, time: time), sighting, quality: quality, time: time))
    }
    return new
  }

  /// Whether a face was hidden here a moment ago.
  private func isReturning<Measurement>(
    _ sighting: Sighting<Measurement>, _ time: Double
  ) -> Bool {
    hidden.contains {
      $0.age(at: time) <= Track.Limits.hiding && $0.box(at: time).overlap(with: sighting.box) > 0.3
    }
  }

  /// The id of the hidden face that is most like it, or a new id.
  private func number<Measurement>(
    of sighting: Sighting<Measurement>, in image: Image, _ time: Double
  ) -> Int {
    let appearance = sighting.alignment.map { _ in Appearance(sighting.crop, in: image) }
    let likeness = hidden.map {
      $0.likeness(
        to: sighting.box, appearance, isAtBorder: sighting.isAtBorder(of: image), at: time)
    }
    if let best = likeness.indices.max(by: { likeness[$0] < likeness[$1] }), likeness[best] > 0 {
      return hidden.remove(at: best).id
    }
    defer { nextID += 1 }
    return nextID
  }
}

/// Where a detection turned out not to be a face.
private struct Rejection {
  var box: Rect
  var time: Double
}

/// A face of this frame with its track.
private struct Face<Measurement: FaceMeasurement> {
  var track: Track
  var sighting: Sighting<Measurement>
  var quality: Float
  let head: HeadPose
  let eyes: Eyes

  init(_ track: Track, _ sighting: Sighting<Measurement>, quality: Float, time: Double) {
    self.track = track
    self.sighting = sighting
    self.quality = quality
    let landmarks = sighting.landmarks
    head = HeadPose(landmarks: landmarks)
    let isCertain =
      sighting.alignment != nil && quality > 0.5 && abs(head.yaw) < 35
      && sighting.box.height > Limits.eyesHeight
    eyes = self.track.watchEyes(landmarks, time: time, isCertain: isCertain)
  }

  /// How little the face looks like what the track has seen.
  func misfit(in image: Image) -> Float {
    let distance = track.appearance?.distance(to: Appearance(sighting.crop, in: image)) ?? .infinity
    return min(distance, 1)
  }

  /// Whether the face is seen so far from the side that nothing read from it is certain.
  private var isTurnedAway: Bool {
    track.seenYaw > Limits.turnedPoints
      || sighting.alignment != nil && abs(head.yaw) > Limits.turnedYaw
  }

  func trackedFace(in image: Image) -> TrackedFace<Measurement> {
    TrackedFace(
      id: track.id,
      box: sighting.box.intersection(
        Rect(x: 0, y: 0, width: Float(image.width), height: Float(image.height))),
      landmarks: sighting.landmarks,
      legibility: Legibility(sighting, proof: quality, head: head, isTurnedAway: isTurnedAway),
      isTurnedAway: isTurnedAway, head: head, eyes: eyes,
      crop: sighting.crop, measurement: sighting.measurement)
  }
}
