import Imaging

/// Which looks are due in a frame. At the start, all of them. Then one of 320 px in every frame as
/// long as no face is tracked or one is missing, otherwise ten times a second; one of 640 px twice
/// a second; and one of the others, turned looks and tiles, now and then.
struct LookSchedule {
  private var lastQuick: Double?
  private var lastFine = 0.0
  private var lastOther = 0.0
  private var nextOther = 0

  private static let quickInterval = 0.09
  private static let fineInterval = 0.5
  /// Interval of the other looks while a face is tracked
  private static let otherInterval = 0.5

  /// - Parameters:
  ///   - isFollowing: whether any face was present in the last frame
  ///   - isMissing: whether a face that was present a moment ago is gone
  mutating func looks(
    at time: Double, in image: Image, isFollowing: Bool, isMissing: Bool
  ) -> [Look] {
    let others =
      [4, 1, 7, 2, 6, 3, 5].map { Look.turned(eighths: $0) }
      + (0..<Look.tileCount(width: image.width, height: image.height)).map { Look.tile($0) }
    guard let last = lastQuick else {
      (lastQuick, lastFine, lastOther) = (time, time, time)
      return [.quick, .fine] + others
    }
    func isDue(_ last: Double, _ interval: Double) -> Bool {
      // If the clock ran backwards, the look counts as due.
      !(0..<interval).contains(time - last)
    }
    var looks: [Look] = []
    if !isFollowing || isMissing || isDue(last, Self.quickInterval) {
      lastQuick = time
      looks.append(.quick)
    }
    if isDue(lastFine, isMissing ? Self.fineInterval / 3 : Self.fineInterval) {
      lastFine = time
      looks.append(.fine)
    } else if !isFollowing || isDue(lastOther, Self.otherInterval) {
      lastOther = time
      looks.append(others[nextOther % others.count])
      nextOther += 1
    }
    return looks
  }
}

/// What the detector sees in one frame. Each look is taken at most once, and a face that several
/// looks see appears once.
struct FrameLooks {
  private let detector: any FaceDetector
  private let image: Image
  private var taken: Set<Look> = []
  /// The detections of the quick look.
  private var quick: [Detection] = []
  private(set) var detections: [Detection] = []

  init(_ detector: any FaceDetector, _ image: Image) {
    self.detector = detector
    self.image = image
  }

  var isEmpty: Bool { taken.isEmpty }

  mutating func take(_ look: Look) {
    guard taken.insert(look).inserted else { return }
    var found: [Detection] = []
    detector.detect(in: image, look: look, into: &found)
    if look == .quick { quick = found }
    for detection in found {
      guard let index = detections.firstIndex(where: { $0.isSameFace(as: detection) }) else {
        detections.append(detection)
        continue
      }
      if isBetter(detection, than: detections[index]) { detections[index] = detection }
    }
  }

  /// The higher score wins, since a face scores highest when it is upright. On marked pictures no
  /// look in another rotation came within 0.03 of that score, so an upright look gets this much of
  /// a head start. Between looks of neighbouring rotations, trustworthy points take precedence.
  private func isBetter(_ detection: Detection, than other: Detection) -> Bool {
    let isTrusted = abs(detection.rollInLook) <= Detection.trustedRoll
    let isOtherTrusted = abs(other.rollInLook) <= Detection.trustedRoll
    let between = abs((detection.lookRotation - other.lookRotation).wrappedAngle)
    let isNeighbour = between < 0.9
    if isTrusted != isOtherTrusted, isNeighbour { return isTrusted }
    guard (detection.lookRotation == 0) != (other.lookRotation == 0) else {
      return detection.score > other.score
    }
    func score(_ detection: Detection) -> Float {
      guard detection.lookRotation == 0 else { return detection.score }
      return (isNeighbour ? detection.score : coarseScore(detection)) + 0.03
    }
    return score(detection) > score(other)
  }

  /// The score of an upright face in a picture of 320 px, the size that turned looks use. In a
  /// finer picture every face scores higher, even one that is upside down.
  private func coarseScore(_ detection: Detection) -> Float {
    quick.first { $0.isSameFace(as: detection) }?.score ?? detection.score
  }
}

extension Detection {
  func isSameFace(as other: Detection) -> Bool { box.overlap(with: other.box) > 0.35 }
}

extension [Detection] {
  /// Without detections that a look in another rotation saw better. For a face that lies on its
  /// side or is upside down, the detector sees a larger one, whose box overlaps little.
  var upright: [Detection] {
    filter { detection in
      !contains { other in
        other.score > detection.score && other.lookRotation != detection.lookRotation
          && (other.box.contains(detection.box.center)
            || detection.box.contains(other.box.center))
      }
    }
  }
}

extension Rect {
  fileprivate func contains(_ point: Point) -> Bool {
    point.x >= x && point.y >= y && point.x <= x + width && point.y <= y + height
  }
}
