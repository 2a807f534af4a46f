/// A source of frames: a camera or a video file.
///
/// Capture runs on the source's own POSIX thread. `next()` supports one reader at a time;
/// everything else may be called from any thread. A frame belongs to the reader once `next()` has
/// returned it (see ``Frame``). `stop()` returns after the source's thread has ended and the device
/// or file is closed; a reader waiting in `next()` then gets nil.
public protocol FrameSource: AnyObject, Sendable {
  /// Only valid after `start()`. The path may change when a camera reconnects.
  var format: SourceFormat { get }
  var state: SourceState { get }
  var counters: SourceCounters { get }

  /// Opens the source. Throws ``CameraError`` or ``MediaFileError``.
  func start() throws

  /// Returns the next frame; nil at the end of a file and after `stop()`. Throws ``CameraError`` if
  /// the camera is lost for good, ``MediaFileError`` if nothing in the file could be decoded, and
  /// `CancellationError` in a cancelled task.
  func next() async throws -> Frame?

  /// May be called more than once, and before `start()`.
  func stop()

  /// Position of the newest frame in the file, in s from the first one; nil for a camera.
  var position: Double? { get }

  /// Jumps forwards or backwards by `seconds` in the file, within its ends. Times keep increasing,
  /// as when a file loops. Has no effect on a camera.
  func seek(by seconds: Double)
}

extension FrameSource {
  public var position: Double? { nil }
  public func seek(by seconds: Double) {}
}

extension FrameSource {
  /// All frames from now on, for a single reader.
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
  /// The camera is connected, but no frame has arrived for this long.
  case stalled(seconds: Double)
  /// The camera is disconnected; waiting for it.
  case lost(seconds: Double)
  case ended
}

public struct SourceCounters: Equatable, Sendable {
  /// Frames that the reader received.
  public var delivered = 0
  /// Frames that did not reach the reader, including a camera's damaged frames and gaps in its
  /// sequence numbers.
  public var dropped = 0
  /// Camera frames, or packets of a file, that could not be decoded.
  public var damaged = 0
  /// Number of times that the camera was reopened and then delivered frames.
  public var reconnects = 0

  public init(delivered: Int = 0, dropped: Int = 0, damaged: Int = 0, reconnects: Int = 0) {
    self.delivered = delivered
    self.dropped = dropped
    self.damaged = damaged
    self.reconnects = reconnects
  }
}
