import Imaging

/// A face that was there in the last frame.
struct Track {
  let id: Int
  /// Where the face's crop will be looked for.
  private(set) var frameToCrop: SimilarityTransform
  /// px of the frame
  private(set) var box: Rect
  /// px of the frame per second, of the box's centre
  private(set) var velocity = Point.zero
  /// When the detector last saw it, with what score, and how far its points lay from the landmarks.
  private(set) var detected: Double
  private(set) var score: Float
  private(set) var disagreement: Float
  private(set) var appearance: Appearance?
  /// px, the smallest face that the quick look sees for sure
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
    self.time = time
    filter = PoseFilter(sighting.frameToCrop.inverse ?? .identity, time: time)
    if sighting.alignment != nil { appearance = Appearance(sighting.crop, in: image) }
  }

  /// The look that sees the face upright, and large enough.
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
      }
    }
    guard let alignment = sighting.alignment else {
      frameToCrop = sighting.frameToCrop
      filter = PoseFilter(sighting.frameToCrop.inverse ?? .identity, time: now)
      return
    }
    frameToCrop = filter.update(alignment.cropToFrame, time: now).inverse ?? alignment.frameToCrop
    isAtBorder = sighting.isAtBorder(of: image)
    // At the border landmarks go astray, and the crop with them.
    guard !isAtBorder || appearance == nil else { return }
    let newer = Appearance(sighting.crop, in: image)
    if appearance?.update(newer) == nil { appearance = newer }
  }

  /// px of the frame, where the face would be at `now`
  func box(at now: Double) -> Rect {
    var place = box
    let elapsed = Float(min(max(0, now - time), 0.5))
    place.x += velocity.x * elapsed
    place.y += velocity.y * elapsed
    return place
  }

  /// What speaks for a sighting of this face, with what the detector said of it last where this
  /// frame has no look at it.
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

  /// Seconds since the face was last there.
  func age(at now: Double) -> Double { now - time }

  /// Whether a face that came into sight may be this one, which is out of sight: 0 for no, the
  /// surer the larger.
  ///
  /// - Parameter isAtBorder: whether it is at the border of the picture; who left there comes back
  ///   from there
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
    // A moment ago in the same place: the same, whatever it looks like.
    if isNear, age <= Limits.moment { return 1 + box(at: now).overlap(with: sighting) }
    // Who comes out from behind another is half covered, and looks like nobody.
    if isNear, age <= Limits.hiding {
      return max(0.05, Limits.nearAppearance - (distance ?? 1))
    }
    let isBack = isNear && self.isAtBorder && isAtBorder
    return max(
      0, (isBack ? Limits.nearAppearance : Limits.farAppearance) - (distance ?? .infinity))
  }

  enum Limits {
    /// Seconds in which a face that was lost is found again by its place alone.
    static let moment = 0.4
    /// Seconds that a face may be hidden near where it was.
    static let hiding = 2.0
    /// Seconds in which a face that looks the same gets its number back anywhere.
    static let memory = 10.0
    /// Of ``Appearance/distance(to:)``: of a face that comes back where it left the picture, and of one
    /// anywhere
    static let nearAppearance: Float = 0.8
    static let farAppearance: Float = 0.36
  }
}
