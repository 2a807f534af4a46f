import Imaging

/// Where the face lies in an aligned crop: the geometry of the crops the network was trained on.
///
/// A similarity transform brings five points (eye, eye, nose tip, mouth corner, mouth corner) as
/// near as possible to these positions; "left" is the left of the picture.
public enum FaceTemplate {
  /// px of the 112 px crop
  public static let points = [
    Point(38.3, 43.5), Point(73.7, 43.5), Point(56, 63.5), Point(41.5, 84.3), Point(70.5, 84.3),
  ]

  /// The five points from 68 landmarks in iBUG 300-W order; an eye is the mean of its six.
  public static func points(of landmarks: [Point]) -> [Point] {
    precondition(landmarks.count == 68, "68 landmarks")
    return [
      landmarks[36..<42].reduce(.zero, +) / 6, landmarks[42..<48].reduce(.zero, +) / 6,
      landmarks[30], landmarks[48], landmarks[54],
    ]
  }

  /// The transform that brings 68 landmarks nearest to the template; nil if they have no extent.
  public static func transform(aligning landmarks: [Point]) -> SimilarityTransform? {
    SimilarityTransform(mapping: points(of: landmarks), to: points)
  }
}
