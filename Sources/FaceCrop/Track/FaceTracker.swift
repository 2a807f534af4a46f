import Imaging

/// Follows faces from frame to frame with the landmarks of the network that reads them.
///
/// Each frame, a face's crop lies where its landmarks were in the last one; the detector only looks
/// for new faces. What it finds, or what is followed, is a face as long as the landmarks stay with
/// the picture when the crop is moved, since on anything else they move with the crop, and as long as
/// the network does not know better.
///
/// Owned by one task: not `Sendable`.
public final class FaceTracker {
  private let detector: any FaceDetector
  private let maxFaces: Int

  private var tracks: [Track] = []
  private var lost: [LostTrack] = []
  private var rejected: [Rejection] = []
  private var nextID = 1
  /// When the detector last looked, nil before it ever did, and how often.
  private var lastLook: Double?
  private var lookCount = 0

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
  public func track<Measurement: FaceMeasurement>(
    _ image: Image, time: Double,
    measure: (AlignedCrop, _ id: Int) throws -> Measurement
  ) rethrows -> [TrackedFace<Measurement>] {
    var found: [Found<Measurement>] = []
    lost.removeAll { !(0...Limits.memory).contains(time - $0.time) }
    let known = tracks
    tracks = []
    for var track in known {
      guard let face = try follow(&track, image, time, measure),
        // Two tracks that have come to one face: the older goes on.
        !found.contains(where: { $0.alignment.isSameFace(as: face.alignment.face) })
      else {
        lost.append(LostTrack(id: track.id, frameToCrop: track.frameToCrop, time: time))
        continue
      }
      tracks.append(track)
      found.append(face)
    }

    for candidate in candidates(in: image, time: time) where tracks.count < maxFaces {
      let guess = candidate.frameToCrop
      guard !found.contains(where: { $0.alignment.isSameFace(as: guess.face) }) else { continue }
      guard let face = try confirm(guess, id: candidate.id, image, measure) else {
        if candidate.id == nil { rejected.append(Rejection(face: guess.face, time: time)) }
        continue
      }
      guard !found.contains(where: { $0.alignment.isSameFace(as: face.alignment.face) }) else {
        continue
      }
      if face.id == nextID { nextID += 1 }
      lost.removeAll { $0.id == face.id }
      tracks.append(Track(id: face.id, face.alignment, time: time))
      found.append(face)
    }
    return
      found.sorted { $0.alignment.face.width > $1.alignment.face.width }
      .map { $0.trackedFace(in: image) }
  }

  /// The face of `track` in the next frame; nil where it is no longer one.
  private func follow<Measurement: FaceMeasurement>(
    _ track: inout Track, _ image: Image, _ time: Double,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Found<Measurement>? {
    guard
      var face = try look(at: track.frameToCrop, id: track.id, image, measure),
      face.alignment.shift < Limits.jump
    else { return nil }
    let doubtful =
      face.alignment.residual > Limits.doubtfulResidual
      || face.alignment.shift > Limits.doubtfulShift
    if face.alignment.shift > Limits.outrun {
      // The crop lags behind: measure again where the face is now.
      guard
        let again = try look(
          at: face.alignment.frameToCrop, id: track.id, image, measure)
      else { return nil }
      face = again
    }
    if doubtful || !(0...Limits.probeInterval).contains(time - track.probed) {
      guard try isProven(face, .known, image, measure) else { return nil }
      track.probed = time
    }
    track.update(face.alignment, time: time)
    return face
  }

  /// Whether there is a face near where `guess` has one.
  private func confirm<Measurement: FaceMeasurement>(
    _ guess: SimilarityTransform, id: Int?, _ image: Image,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Found<Measurement>? {
    var frameToCrop = guess
    var id = id ?? nextID
    for pass in 1...Limits.passes {
      guard let face = try look(at: frameToCrop, id: id, image, measure) else { return nil }
      frameToCrop = face.alignment.frameToCrop
      if pass == 1, id == nextID,
        let old = lost.first(where: { $0.frameToCrop.face.isNear(face.alignment.face) })
      {
        // Who comes back soon to the same place is the same person.
        id = old.id
      }
      if pass >= 2, face.id == id, face.alignment.shift < Limits.settledShift {
        return try isProven(face, .new, image, measure) ? face : nil
      }
    }
    return nil
  }

  /// What is measured in one crop; nil where that cannot be a face.
  private func look<Measurement: FaceMeasurement>(
    at frameToCrop: SimilarityTransform, id: Int, _ image: Image,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Found<Measurement>? {
    guard let crop = AlignedCrop(image, frameToCrop: frameToCrop), crop.contrast > Limits.contrast
    else { return nil }
    let measurement = try measure(crop, id)
    guard let alignment = Alignment(measurement.landmarks, in: crop),
      alignment.residual < Limits.residual,
      Limits.size(in: image).contains(alignment.face.width)
    else { return nil }
    return Found(id: id, crop: crop, measurement: measurement, alignment: alignment)
  }

  /// Whether the landmarks are found in the same place of the picture by a crop that lies elsewhere,
  /// and the two crops show a face.
  private func isProven<Measurement: FaceMeasurement>(
    _ face: Found<Measurement>, _ proof: Proof, _ image: Image,
    _ measure: (AlignedCrop, Int) throws -> Measurement
  ) rethrows -> Bool {
    let moved = face.alignment.frameToCrop.shifted(by: Limits.probe)
    guard let probe = try look(at: moved, id: face.id, image, measure) else { return false }
    let showing = [face, probe].count { $0.measurement.showsFace }
    return face.alignment.distance(to: probe.alignment) < proof.drift && showing >= proof.crops
  }

  /// Where there may be a face that is not followed, the likeliest first; `id` where it is known.
  private func candidates(
    in image: Image, time: Double
  ) -> [(frameToCrop: SimilarityTransform, id: Int?)] {
    guard tracks.count < maxFaces else { return [] }
    var candidates = lost.filter { time - $0.time <= Limits.retry && $0.time < time }.map {
      (frameToCrop: $0.frameToCrop, id: Int?.some($0.id))
    }
    let patience = tracks.isEmpty ? Limits.retry : Limits.patience
    rejected.removeAll { !(0...patience).contains(time - $0.time) }
    let detections = dueLooks(time).flatMap { detector.detect(in: image, look: $0) }
      .map(\.frameToCrop).filter { guess in
        !rejected.contains { $0.face.isNear(guess.face) }
      }.sorted { $0.scale < $1.scale }
    candidates += detections.prefix(2 * maxFaces).map { ($0, nil) }
    return candidates
  }

  /// The parts of the detector's search for this frame: at first all; as long as nobody is there
  /// the first and one other; then one now and again.
  private func dueLooks(_ time: Double) -> [Int] {
    defer { lookCount += 1 }
    guard let last = lastLook else {
      lastLook = time
      return Array(0..<detector.looks)
    }
    let others = detector.looks - 1
    if tracks.isEmpty {
      lastLook = time
      return others > 0 ? [0, 1 + lookCount % others] : [0]
    }
    guard !(0..<Limits.lookInterval).contains(time - last) else {
      lookCount -= 1
      return []
    }
    lastLook = time
    return lookCount % 2 == 0 || others == 0 ? [0] : [1 + lookCount / 2 % others]
  }
}

/// What is asked of a face for it to be one. Measured with the baseline network on the clips: on
/// faces 95 of 100 probes drift less than 3.1 px, anywhere else 95 of 100 more than 4.6 px.
private struct Proof {
  /// px of the crop that landmarks may move when the crop does
  var drift: Float
  /// of two that must show a face; a face that is followed may be blurred or covered for a moment
  var crops: Int

  static let new = Proof(drift: 4, crops: 2)
  static let known = Proof(drift: 4.7, crops: 1)
}

/// A track that ended, kept for a while so that the same face gets its number back.
private struct LostTrack {
  var id: Int
  var frameToCrop: SimilarityTransform
  var time: Double
}

/// Where something was found that is no face.
private struct Rejection {
  var face: Rect
  var time: Double
}

private struct Track {
  let id: Int
  /// Where the face's crop will be looked for.
  private(set) var frameToCrop: SimilarityTransform
  /// When it was last proved to be a face.
  var probed: Double
  private var filter: PoseFilter

  init(id: Int, _ alignment: Alignment, time: Double) {
    self.id = id
    frameToCrop = alignment.frameToCrop
    probed = time
    filter = PoseFilter(alignment.cropToFrame, time: time)
  }

  mutating func update(_ alignment: Alignment, time: Double) {
    frameToCrop =
      filter.update(alignment.cropToFrame, time: time).inverse ?? alignment.frameToCrop
  }
}

/// A face, or what may be one, in the frame at hand.
private struct Found<Measurement: FaceMeasurement> {
  var id: Int
  var crop: AlignedCrop
  var measurement: Measurement
  var alignment: Alignment

  func trackedFace(in image: Image) -> TrackedFace<Measurement> {
    // Brows to chin, and a forehead.
    var box = Rect(around: alignment.landmarks)!
    box.y -= 0.2 * box.height
    box.height *= 1.2
    return TrackedFace(
      id: id,
      box: box.intersection(
        Rect(x: 0, y: 0, width: Float(image.width), height: Float(image.height))),
      landmarks: alignment.landmarks, crop: crop, measurement: measurement)
  }
}

/// Lengths are px of the crop.
private enum Limits {
  /// How the probing crop lies to the face's.
  static let probe = Point(8, -6)
  /// Seconds between proofs of a face that gives no doubt.
  static let probeInterval = 0.5

  /// Grey levels, standard deviation: below is no face that anyone could read.
  static let contrast: Float = 4

  static let residual: Float = 9
  static let doubtfulResidual: Float = 6.8
  /// Of a face that is followed 99 of 100 frames shift less.
  static let doubtfulShift: Float = 2.8
  /// Beyond it the face has moved so far that it is measured again.
  static let outrun: Float = 9
  static let jump: Float = 40

  /// Looks at a new face until it must lie still.
  static let passes = 5
  static let settledShift: Float = 3.5

  /// Seconds between looks for more faces.
  static let lookInterval = 0.5
  /// Seconds in which a lost face is looked for where it was.
  static let retry = 0.2
  /// Seconds in which what is no face is not looked at again.
  static let patience = 2.0
  /// Seconds in which a face that comes back gets its number back.
  static let memory = 2.0

  /// px of the picture that a crop may be wide.
  static func size(in image: Image) -> ClosedRange<Float> {
    12...Float(3 * max(image.width, image.height))
  }
}
