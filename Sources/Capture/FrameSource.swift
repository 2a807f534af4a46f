/// Where frames come from: a camera or a video file.
///
/// Capture runs on a POSIX thread of the source's own. `next()` is for one reader at a time;
/// everything else may be called from any thread. A frame belongs to the reader once `next()` has
/// returned it (see ``Frame``). `stop()` returns after the source's thread has ended and the
/// device or file is closed; a reader waiting in `next()` then gets nil.
public protocol FrameSource: AnyObject, Sendable {
  /// Only after `start()`. A camera that came back may have another path.
  var format: SourceFormat { get }
  var state: SourceState { get }
  var counters: SourceCounters { get }

  /// Opens the source. Throws ``CameraError`` or ``MediaFileError``.
  func start() throws

  /// The next frame; nil at the end of a file and after `stop()`. Throws ``CameraError`` when the
  /// camera is gone for good, ``MediaFileError`` when nothing of the file could be decoded, and
  /// `CancellationError` in a cancelled task.
  func next() async throws -> Frame?

  /// May be called more than once, and without `start()`.
  func stop()

  /// Where in the file the newest picture lies, s from its first one; nil for a camera.
  var position: Double? { get }

  /// Goes on `seconds` later in the file, or earlier, within its ends. Times go on rising, as when a
  /// file starts again. Does nothing to a camera.
  func seek(by seconds: Double)
}

extension FrameSource {
  public var position: Double? { nil }
  public func seek(by seconds: Double) {}
}

extension FrameSource {
  /// Every frame from now on, for one reader.
  package var frames: FrameSequence { FrameSequence(source: self) }
}

/// The frames of a source; its iterator throws what ``FrameSource/next()`` throws.
package struct FrameSequence: AsyncSequence, AsyncIteratorProtocol {
  fileprivate let source: any FrameSource

  package func makeAsyncIterator() -> FrameSequence { self }

  package func next() async throws -> Frame? { try await source.next() }
}

public enum SourceState: Equatable, Sendable {
  case closed
  case opening
  case streaming
  /// The camera is there and no frame has come for so long.
  case stalled(seconds: Double)
  /// The camera is gone and is waited for.
  case lost(seconds: Double)
  case ended
}

public struct SourceCounters: Equatable, Sendable {
  /// Frames that a reader got.
  public var delivered = 0
  /// Frames that the source gave and no reader got; damaged ones of a camera and gaps in its
  /// sequence numbers included.
  public var dropped = 0
  /// Frames of a camera, packets of a file, that could not be decoded.
  public var damaged = 0
  /// Times that the camera was opened again, and then gave frames.
  public var reconnects = 0

  public init(delivered: Int = 0, dropped: Int = 0, damaged: Int = 0, reconnects: Int = 0) {
    self.delivered = delivered
    self.dropped = dropped
    self.damaged = damaged
    self.reconnects = reconnects
  }
}
