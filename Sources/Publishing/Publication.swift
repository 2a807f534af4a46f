import Inference

/// What is published of one frame.
package struct Publication: Sendable {
  /// The frame's JSON record, one object without a line feed.
  package var record: [UInt8]
  /// Processed frames before this one.
  package var frame: Int
  /// s on the source's clock since its first frame
  package var time: Double
  /// When the camera took the frame, s since 1970 in UTC; of a file, when it was decoded.
  package var takenAt: Double
  /// The largest first.
  package var faces: [Face]

  package struct Face: Sendable {
    /// Stable from frame to frame.
    package var id: Int
    package var emotion: Emotion
    /// nil where it is not known.
    package var head: Head?

    package init(id: Int, emotion: Emotion, head: Head? = nil) {
      self.id = id
      self.emotion = emotion
      self.head = head
    }
  }

  /// Degrees: yaw positive to the person's left, pitch up, roll clockwise on the screen.
  package struct Head: Equatable, Sendable {
    package var yaw: Float
    package var pitch: Float
    package var roll: Float

    package init(yaw: Float, pitch: Float, roll: Float) {
      self.yaw = yaw
      self.pitch = pitch
      self.roll = roll
    }
  }

  package init(record: [UInt8], frame: Int, time: Double, takenAt: Double, faces: [Face]) {
    self.record = record
    self.frame = frame
    self.time = time
    self.takenAt = takenAt
    self.faces = faces
  }
}
