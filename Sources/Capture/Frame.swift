import Imaging

/// One picture of a ``FrameSource``.
///
/// A value that owns its pixels: whoever has it may keep it for as long as it likes, and the
/// source never writes to it again. Camera buffers go back to the driver before a frame is made.
public struct Frame: Sendable {
  public var image: Image
  /// Seconds on the source's clock since its first frame; strictly rising. Of a camera the
  /// driver's timestamps, of a file the presentation times.
  public var time: Double
  /// Seconds on the clock that the sound of the scene is on too: of a camera CLOCK_MONOTONIC, of a
  /// file the presentation times as they stand in it; a file that starts again goes back.
  public var clockTime: Double
  /// Seconds that it is shown; nominal where the source does not say.
  public var duration: Double
  /// The place in the stream, counted from 0, frames that never came included.
  public var sequence: Int
  /// CLOCK_MONOTONIC, ns: when the camera took it; of a file, when it was decoded.
  public var capturedAt: UInt64
  /// Frames before this one that the source delivered and nobody got: overwritten by a newer
  /// one, damaged, or missing in the camera's sequence numbers.
  public var dropped: Int

  public init(
    image: Image, time: Double, clockTime: Double, duration: Double, sequence: Int,
    capturedAt: UInt64, dropped: Int
  ) {
    self.image = image
    self.time = time
    self.clockTime = clockTime
    self.duration = duration
    self.sequence = sequence
    self.capturedAt = capturedAt
    self.dropped = dropped
  }

  /// A picture by itself, which no other frame comes before or after.
  ///
  /// - Parameter capturedAt: when work on it began
  package init(picture: Image, capturedAt: UInt64 = 0) {
    self.init(
      image: picture, time: 0, clockTime: 0, duration: 0, sequence: 0, capturedAt: capturedAt,
      dropped: 0)
  }
}
