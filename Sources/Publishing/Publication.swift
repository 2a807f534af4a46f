import Inference
import Reading

/// What is published for one frame.
struct Publication: Sendable {
  /// The frame's JSON record, one object without a line feed.
  var record: [UInt8]
  /// Number of frames processed before this one.
  var frame: Int
  /// Time since the first frame on the source's clock, in s.
  var time: Double
  /// When the camera took the frame, or when a file's frame was decoded, in s since 1970 (UTC).
  var takenAt: Double
  /// Largest first.
  var faces: [Face]

  struct Face: Sendable {
    /// Stable from frame to frame.
    var id: Int
    var emotion: Emotion
    /// nil if it is not known.
    var head: Head?
  }

  /// Degrees: yaw positive to the person's left, pitch up, roll clockwise on the screen.
  struct Head: Equatable, Sendable {
    var yaw: Float
    var pitch: Float
    var roll: Float
  }
}

extension Publication {
  /// - Parameter record: the JSON record of `reading`
  init(_ reading: FrameReading, record: [UInt8]) {
    self.init(
      record: record, frame: reading.frame, time: reading.time, takenAt: reading.takenAt,
      faces: reading.faces.map { face in
        Face(
          id: face.id, emotion: face.emotion,
          head: face.pose.map { Head(yaw: $0.head.yaw, pitch: $0.head.pitch, roll: $0.head.roll) })
      })
  }
}
