import Imaging

/// The part of a network's output for an aligned crop that tracking needs.
public protocol FaceMeasurement: Sendable {
  /// (68,) iBUG 300-W order, fractions of the crop: (0, 0) is its top left corner, (1, 1) the
  /// bottom right
  var landmarks: [Point] { get }
  /// How strongly the network claims that this is not a face: above 1 it exceeds its own limit; 0
  /// if it makes no claim.
  var nonFace: Float { get }
  /// Log-odds that something covers the face; nil if the network does not estimate it.
  var cover: Float? { get }
}

/// One face of one frame.
public struct TrackedFace<Measurement: FaceMeasurement>: Sendable {
  /// The same for one person from frame to frame; 1 for the first face.
  public let id: Int
  /// px of the frame, brows to chin plus the forehead, clipped to the frame
  public let box: Rect
  /// (68,) px of the frame, as measured, not smoothed
  public let landmarks: [Point]
  /// How well the face can be read.
  public let legibility: Legibility
  /// Whether the face is seen so far from the side that nothing read from it is certain.
  public let isTurnedAway: Bool
  /// From the landmarks
  public let head: HeadPose
  public let eyes: Eyes
  /// The measurement.
  public let crop: AlignedCrop
  public let measurement: Measurement
}
