import Imaging

/// Finds where faces may be, in a picture about which nothing is known.
///
/// It may be wrong: ``FaceTracker`` confirms each with the landmarks.
public protocol FaceDetector: Sendable {
  /// The surest first.
  func detect(in image: Image) -> [Detection]
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
    // Measured for OpenCV's frontal cascade on the clips: the crop is 0.78 of the box, and the
    // point 0.06 of its height below its centre lies at (56, 62).
    let down = SimilarityTransform(moving: .zero, to: .zero, rotation: rotation, scale: 1)
    return SimilarityTransform(
      moving: box.center + down(Point(0, 0.06 * box.height)), to: Point(56, 62),
      rotation: -rotation, scale: Float(AlignedCrop.side) / (0.78 * box.width))
  }
}
