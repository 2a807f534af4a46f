import Imaging

/// Finds where faces may be, in a picture about which nothing is known.
///
/// It may be wrong: ``FaceTracker`` confirms each with the landmarks.
public protocol FaceDetector: Sendable {
  /// Into how many parts the search is divided, so that one part takes a bounded time; the first
  /// finds most.
  var looks: Int { get }

  /// The faces that one part of the search finds, the surest first.
  func detect(in image: Image, look: Int) -> [Detection]
}

extension FaceDetector {
  /// The whole search. A face that several looks see is there several times.
  public func detect(in image: Image) -> [Detection] {
    (0..<looks).flatMap { detect(in: image, look: $0) }
  }
}

public struct Detection: Equatable, Sendable {
  /// px of the picture, from above the brows to the chin; turned by `rotation` about its centre
  public var box: Rect
  /// How sure the detector is; larger is surer, comparable only within one detector.
  public var score: Float
  /// Radians that the head is turned in the picture, positive clockwise on the screen.
  public var rotation: Float

  public init(box: Rect, score: Float, rotation: Float = 0) {
    self.box = box
    self.score = score
    self.rotation = rotation
  }

  /// A first guess of the aligned crop, near enough for the landmarks to improve on it.
  public var frameToCrop: SimilarityTransform {
    // Measured for OpenCV's frontal cascade on the clips: an aligned crop is 1.0 to 1.2 boxes wide,
    // and the point 0.06 of the box's height below its centre lies at (56, 62). From a crop that
    // is too narrow the landmarks may not find out of the middle of the face.
    let down = SimilarityTransform(moving: .zero, to: .zero, rotation: rotation, scale: 1)
    return SimilarityTransform(
      moving: box.center + down(Point(0, 0.06 * box.height)), to: Point(56, 62),
      rotation: -rotation, scale: Float(AlignedCrop.side) / (1.1 * box.width))
  }
}
