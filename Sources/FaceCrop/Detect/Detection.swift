import Imaging

/// Where a detector sees a face.
public struct Detection: Equatable, Sendable {
  /// px of the picture, brows or forehead to chin; upright even if the face is turned
  public var box: Rect
  /// How sure the detector is, in [0, 1].
  public var score: Float
  /// px of the picture
  public var points: FacePoints
  /// Rotation of the picture, in radians, at which the face was seen upright, positive clockwise on
  /// the screen. The face's own roll is this plus what the points show.
  public var lookRotation: Float

  public init(box: Rect, score: Float, points: FacePoints, lookRotation: Float = 0) {
    self.box = box
    self.score = score
    self.points = points
    self.lookRotation = lookRotation
  }

  /// The crop that the points call for; nil if they all coincide.
  public var frameToCrop: SimilarityTransform? {
    SimilarityTransform(mapping: points.all, to: FaceTemplate.points)
  }

  /// Roll of the face in the look that saw it, in radians. The network was trained on upright
  /// faces; beyond ``trustedRoll`` it places the points where an upright face would have them.
  var rollInLook: Float {
    guard let frameToCrop else { return .pi }
    return (-frameToCrop.rotation - lookRotation).wrappedAngle
  }

  static let trustedRoll: Float = 35 * .pi / 180
}

/// Five points of a face; "left" is the left of the picture when the face stands upright.
public struct FacePoints: Equatable, Sendable {
  public var leftEye: Point
  public var rightEye: Point
  public var nose: Point
  public var leftMouth: Point
  public var rightMouth: Point

  public init(
    leftEye: Point, rightEye: Point, nose: Point, leftMouth: Point, rightMouth: Point
  ) {
    self.leftEye = leftEye
    self.rightEye = rightEye
    self.nose = nose
    self.leftMouth = leftMouth
    self.rightMouth = rightMouth
  }

  /// In the order of ``FaceTemplate/points``.
  public var all: [Point] { [leftEye, rightEye, nose, leftMouth, rightMouth] }

  func map(_ transform: (Point) -> Point) -> FacePoints {
    FacePoints(
      leftEye: transform(leftEye), rightEye: transform(rightEye), nose: transform(nose),
      leftMouth: transform(leftMouth), rightMouth: transform(rightMouth))
  }
}

extension Float {
  /// The same angle in (-pi, pi].
  var wrappedAngle: Float {
    let turn = 2 * Float.pi
    let rest = truncatingRemainder(dividingBy: turn)
    return rest > .pi ? rest - turn : rest <= -.pi ? rest + turn : rest
  }
}

/// The most certain detections of a look, sorted, in preallocated storage.
struct DetectionList {
  private(set) var detections: [Detection] = []
  private let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    detections.reserveCapacity(capacity + 1)
  }

  mutating func removeAll() { detections.removeAll(keepingCapacity: true) }

  mutating func insert(_ detection: Detection) {
    guard detections.count < capacity || detection.score > detections[capacity - 1].score else {
      return
    }
    var place = detections.count
    while place > 0, detections[place - 1].score < detection.score { place -= 1 }
    detections.insert(detection, at: place)
    if detections.count > capacity { detections.removeLast() }
  }

  /// Non-maximum suppression: drops what overlaps a more certain detection by more than `limit`.
  mutating func suppress(overlapping limit: Float) {
    var kept = 0
    for index in detections.indices {
      let candidate = detections[index]
      var isFree = true
      for other in 0..<kept where detections[other].box.overlap(with: candidate.box) > limit {
        isFree = false
        break
      }
      if isFree {
        detections[kept] = candidate
        kept += 1
      }
    }
    detections.removeLast(detections.count - kept)
  }
}
