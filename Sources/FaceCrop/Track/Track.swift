import Imaging

/// A face that was present in the last frame.
struct Track {
  let id: Int
  /// Where to look for the face's crop.
  private(set) var frameToCrop: SimilarityTransform
  /// px of the frame
  private(set) var box: Rect
  /// Velocity of the box's centre, px of the frame per second
  private(set) var velocity = Point.zero
  /// When the detector last saw it, its score, and how far its points were from the landmarks.
  private(set) var detected: Double
  private(set) var score: Float
  private(set) var disagreement: Float
  /// Degrees of yaw to either side, a running mean of what the detector's points show
  private(set) var seenYaw: Float
  private(set) var appearance: Appearance?
  /// The smallest face that the quick look reliably sees, px
  private static let smallestQuick: Float = 20
  private var isAtBorder = false
  private var time: Double
  private var filter: PoseFilter
  private var eyeWatch = EyeWatch()

  init<Measurement>(
    id: Int, _ sighting: Sighting<Measurement>, in image: Image, time: Double
  ) {
    self.id = id
    frameToCrop = sighting.frameToCrop
    box = sighting.box
    detected = time
    score = sighting.detection?.score ?? 0
    disagreement = sighting.evidence().disagreement
    seenYaw = abs(sighting.detection?.yaw ?? 0)
    self.time = time
    filter = PoseFilter(sighting.frameToCrop.inverse ?? .identity, time: time)
    if sighting.alignment != nil { appearance = Appearance(sighting.crop, in: image) }
  }

  /// The look that sees the face upright and large enough.
  func confirmingLook(in image: Image) -> Look {
    let reduction = Float(max(image.width, image.height)) / Float(Look.quickSide)
    guard box.height > Self.smallestQuick * reduction else { return .fine }
    let eighths = Int((-frameToCrop.rotation / (.pi / 4)).rounded()) & 7
    return eighths == 0 ? .quick : .turned(eighths: eighths)
  }

  mutating func update<Measurement>(
    _ sighting: Sighting<Measurement>, in image: Image, time now: Double
  ) {
    let elapsed = Float(now - time)
    if elapsed > 0 {
      let moved = (sighting.box.center - box.center) / elapsed
      velocity += (moved - velocity) * min(1, elapsed * 10)
    }
    time = now
    box = sighting.box
    if let detection = sighting.detection {
      detected = now
      score += (detection.score - score) * 0.5
      if sighting.isComparable(with: detection) {
        disagreement += (sighting.disagreement(with: detection) - disagreement) * 0.5
        seenYaw += (abs(detection.yaw) - seenYaw) * 0.5
      } else {
        // Landmarks that fit are all that can tell.
        seenYaw *= 0.5
      }
    }
    guard let alignment = sighting.alignment else {
      frameToCrop = sighting.frameToCrop
      filter = PoseFilter(sighting.frameToCrop.inverse ?? .identity, time: now)
      return
    }
    frameToCrop = filter.update(alignment.cropToFrame, time: now).inverse ?? alignment.frameToCrop
    isAtBorder = sighting.isAtBorder(of: image)
    // At the border the landmarks go astray, and the crop with them.
    guard !isAtBorder || appearance == nil else { return }
    let newer = Appearance(sighting.crop, in: image)
    if appearance?.update(newer) == nil { appearance = newer }
  }

  /// Where the face would be at `now`, px of the frame
  func box(at now: Double) -> Rect {
    var place = box
    let elapsed = Float(min(max(0, now - time), 0.5))
    place.x += velocity.x * elapsed
    place.y += velocity.y * elapsed
    return place
  }

  /// The evidence for a sighting of this face, using the detector's last values if this frame has
  /// no look at it.
  func evidence<Measurement>(of sighting: Sighting<Measurement>) -> Evidence {
    var evidence = sighting.evidence(score: score, disagreement: disagreement)
    if let detection = sighting.detection {
      evidence.score = max(evidence.score, score)
      if !sighting.isComparable(with: detection) { evidence.disagreement = disagreement }
    }
    return evidence
  }

  mutating func watchEyes(_ landmarks: [Point], time: Double, isCertain: Bool) -> Eyes {
    eyeWatch.update(landmarks, time: time, isCertain: isCertain)
  }

  /// Seconds since the face was last present.
  func age(at now: Double) -> Double { now - time }

  /// The likeness of this face, which is out of sight, to one that came into sight: 0 if it cannot
  /// be the same, otherwise larger the more certain it is.
  ///
  /// - Parameter isAtBorder: whether the new face is at the border of the picture; a face that left
  ///   there returns there
  func likeness(
    to sighting: Rect, _ appearance: Appearance?, isAtBorder: Bool, at now: Double
  ) -> Float {
    let age = age(at: now)
    guard age >= 0, age <= Limits.memory else { return 0 }
    let distance = appearance.flatMap { seen in self.appearance.map { $0.distance(to: seen) } }
    let reach = 0.8 + 1.2 * Float(min(age, 1))
    let way = min(
      length(sighting.center - box.center), length(sighting.center - box(at: now).center))
    let isNear =
      way < reach * max(box.width, sighting.width)
      && max(box.width, sighting.width) < 1.8 * min(box.width, sighting.width)
    // In the same place a moment ago: the same face, whatever it looks like.
    if isNear, age <= Limits.moment { return 1 + box(at: now).overlap(with: sighting) }
    // A face that emerges from behind another is half covered, so its appearance is not reliable.
    if isNear, age <= Limits.hiding {
      return max(0.05, Limits.nearAppearance - (distance ?? 1))
    }
    let isBack = isNear && self.isAtBorder && isAtBorder
    return max(
      0, (isBack ? Limits.nearAppearance : Limits.farAppearance) - (distance ?? .infinity))
  }

  enum Limits {
    /// Seconds within which a lost face is found again by its place alone.
    static let moment = 0.4
    /// Seconds that a face may be hidden near where it was.
    static let hiding = 2.0
    /// Seconds within which a face that looks the same gets its id back anywhere.
    static let memory = 10.0
    /// Limits of ``Appearance/distance(to:)``: for a face that returns where it left the picture,
    /// and for one anywhere
    static let nearAppearance: Float = 0.8
    static let farAppearance: Float = 0.36
  }
}
