import Imaging

/// What a network says of an aligned crop, as far as tracking needs it.
public protocol FaceMeasurement: Sendable {
  /// (68,) iBUG 300-W order, fractions of the crop: (0, 0) is its top left corner, (1, 1) the
  /// bottom right
  var landmarks: [Point] { get }
  /// How strongly the network claims that this is no face: above 1 it is beyond its own limit, 0
  /// where it makes no claim.
  var nonFace: Float { get }
}

/// One face of one frame.
public struct TrackedFace<Measurement: FaceMeasurement>: Sendable {
  /// The same for one person from frame to frame; 1 for the first.
  public let id: Int
  /// px of the frame, brows to chin with the forehead added, within the frame
  public let box: Rect
  /// (68,) px of the frame, as measured: not smoothed
  public let landmarks: [Point]
  /// How well the face can be read.
  public let legibility: Legibility
  /// Whether the face is seen so far from the side that nothing read from it is certain.
  public let isTurnedAway: Bool
  /// From the landmarks
  public let head: HeadPose
  public let eyes: Eyes
  /// What was measured.
  public let crop: AlignedCrop
  public let measurement: Measurement
}
