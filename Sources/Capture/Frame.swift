import Imaging

/// One image from a ``FrameSource``.
///
/// A value that owns its pixels: it may be kept for as long as necessary, and the source never
/// writes to it again. Camera buffers return to the driver before a frame is created.
public struct Frame: Sendable {
  public var image: Image
  /// Seconds since the first frame, on the source's clock; strictly increasing. From the driver's
  /// timestamps for a camera, from presentation times for a file.
  public var time: Double
  /// Seconds on the clock shared with the sound of the scene: CLOCK_MONOTONIC for a camera, the
  /// file's own presentation times for a file. A file that loops jumps back.
  public var clockTime: Double
  /// Display duration in s; nominal if the source does not say.
  public var duration: Double
  /// Position in the stream, counted from 0, including frames that never arrived.
  public var sequence: Int
  /// CLOCK_MONOTONIC, ns: when the camera took it or, for a file, when it was decoded.
  public var capturedAt: UInt64
  /// Number of frames before this one that did not reach the reader: overwritten by a newer one,
  /// damaged, or missing from the camera's sequence numbers.
  public var dropped: Int
  /// Index of its file among several that are played in a row.
  public var clip: Int

  public init(
    image: Image, time: Double, clockTime: Double, duration: Double, sequence: Int,
    capturedAt: UInt64, dropped: Int, clip: Int = 0
  ) {
    self.image = image
    self.time = time
    self.clockTime = clockTime
    self.duration = duration
    self.sequence = sequence
    self.capturedAt = capturedAt
    self.dropped = dropped
    self.clip = clip
  }

  /// A single image, without frames before or after it.
  ///
  /// - Parameter capturedAt: when work on it started
  package init(picture: Image, capturedAt: UInt64 = 0) {
    self.init(
      image: picture, time: 0, clockTime: 0, duration: 0, sequence: 0, capturedAt: capturedAt,
      dropped: 0)
  }
}
