import Imaging
import Inference

/// One face of one frame, as it is recorded.
struct FaceReading: Sendable {
  /// Stable from frame to frame; 1 for the first face of a session.
  var id: Int
  /// px of the captured frame
  var box: Rect
  /// (68,) px of the captured frame, iBUG 300-W order
  var landmarks: [Point]
  var emotion: Emotion
  /// Each member's own estimate, where they were asked for (`--per-member`).
  var members: [Emotion] = []
}

/// Everything that screen, recorder and records need of one processed frame.
struct FrameReading: Sendable {
  /// Processed frames before this one.
  var frame: Int
  /// Seconds on the source's clock since its first frame.
  var time: Double
  /// Seconds of the sound, where there is one, at which the frame begins.
  var soundTime = 0.0
  /// Frames that the source delivered and nobody processed, so far.
  var dropped: Int
  var image: Image
  /// From capture to the end of inference.
  var latencyMilliseconds: Double
  /// The largest first.
  var faces: [FaceReading]
}
