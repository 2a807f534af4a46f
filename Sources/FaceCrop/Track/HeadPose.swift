import Glibc
import Imaging

/// Rotation of the head in degrees: yaw positive to the person's left, pitch up, roll clockwise on
/// the screen.
public struct HeadPose: Equatable, Sendable {
  public var yaw: Float
  public var pitch: Float
  public var roll: Float

  public init(yaw: Float, pitch: Float, roll: Float) {
    self.yaw = yaw
    self.pitch = pitch
    self.roll = roll
  }
}

extension HeadPose {
  /// Computed from 68 landmarks. The tip of the nose stands out from the face, so it moves between
  /// the ends of the jaw when the head turns, and between eyes and mouth when it nods.
  /// `Training/pose.py` fitted, on labelled crops, the curve of yaw and how far the tip stands out,
  /// which determines pitch.
  public init(landmarks: [Point]) {
    precondition(landmarks.count == 68, "68 landmarks")
    func mean(_ range: Range<Int>) -> Point {
      landmarks[range].reduce(.zero, +) / Float(range.count)
    }
    let (leftEye, rightEye) = (mean(36..<42), mean(42..<48))
    let eyes = (leftEye + rightEye) / 2
    let across = rightEye - leftEye
    let distance = max(length(across), 1e-6)
    let right = across / distance
    let down = Point(-right.y, right.x)
    func place(_ point: Point) -> Point {
      let way = point - eyes
      return Point(way.x * right.x + way.y * right.y, way.x * down.x + way.y * down.y)
    }
    let (jawLeft, jawRight) = (place(mean(0..<3)).x, place(mean(14..<17)).x)
    let nose = place(landmarks[30])
    let mouth = place((landmarks[48] + landmarks[54]) / 2)
    let share = (nose.x - (jawLeft + jawRight) / 2) / max(jawRight - jawLeft, 1e-6)
    let turn = Self.yaw.slope * share + Self.yaw.curve * share * abs(share) + Self.yaw.offset
    yaw = min(90, max(-90, turn))
    let height = nose.y / max(mouth.y, 1e-6)
    pitch = atan((Self.levelNose - height) / Self.noseLength) * 180 / .pi
    roll = atan2(across.y, across.x) * 180 / .pi
  }

  private static let yaw: (slope: Float, curve: Float, offset: Float) = (86.88, -35.3, -1.43)
  /// As fractions of the distance from eyes to mouth: where the tip of a level head's nose is, and
  /// how far it stands out.
  private static let levelNose: Float = 0.5
  private static let noseLength: Float = 0.52
}
