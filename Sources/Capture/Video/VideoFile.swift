import Imaging
import Runtime

/// A video file, a FIFO or standard input ("-") as a ``FrameSource``: libavformat, libavcodec and
/// libswscale on a thread of its own.
public final class VideoFile: FrameSource {
  public enum Pacing: Sendable {
    /// Every picture is delivered; decoding waits for the reader.
    case everyFrame
    /// Pictures come when their time has come, as from a camera; a newer one replaces one that
    /// nobody has fetched.
    case realtime
  }

  private let playback: Playback
  private let thread = Locked<JoinableThread?>(nil)

  /// `loops`: starts again at the end, with times that go on.
  public init(path: String, pacing: Pacing, loops: Bool = false) {
    playback = Playback(path: path, pacing: pacing, loops: loops)
  }

  deinit { stop() }

  public var format: SourceFormat {
    guard let format = playback.progress.withLock({ $0.format }) else {
      preconditionFailure("a source has a format after start()")
    }
    return format
  }

  public var state: SourceState { playback.progress.withLock { $0.state } }

  public var counters: SourceCounters {
    SourceCounters(
      delivered: playback.mailbox.fetched, dropped: playback.mailbox.overwritten,
      damaged: playback.progress.withLock { $0.damaged })
  }

  public var position: Double? { playback.progress.withLock { $0.position } }

  public func seek(by seconds: Double) {
    playback.progress.withLock { $0.seek += seconds }
  }

  /// Throws ``MediaFileError``.
  public func start() throws {
    let decoder = try VideoDecoder(path: playback.path, stop: playback.stopSignal)
    playback.progress.withLock {
      $0.format = decoder.format
      $0.state = .streaming
    }
    let started = JoinableThread { [playback] in playback.run(decoder) }
    thread.withLock { thread in
      precondition(thread == nil, "a source is started once")
      thread = started
    }
  }

  public func next() async throws -> Frame? {
    try await playback.mailbox.next()
  }

  public func stop() {
    playback.mailbox.cancel()
    playback.stopSignal.raise()
    thread.withLock { $0.take() }?.join()
    playback.progress.withLock { $0.state = .ended }
  }
}

/// What a ``VideoFile`` shares with its thread.
private final class Playback: Sendable {
  struct Progress {
    var format: SourceFormat?
    var state = SourceState.closed
    var damaged = 0
    /// s from the first picture
    var position = 0.0
    /// How far to go from there, s; 0 for nowhere
    var seek = 0.0
  }

  let path: String
  let pacing: VideoFile.Pacing
  let loops: Bool
  let mailbox: Mailbox<Frame>
  let stopSignal = StopSignal()
  let progress = Locked(Progress())

  init(path: String, pacing: VideoFile.Pacing, loops: Bool) {
    self.path = path
    self.pacing = pacing
    self.loops = loops
    mailbox = Mailbox(pacing == .realtime ? .latest : .all(ahead: 2))
  }

  /// The thread: until the file ends or the reader wants no more.
  func run(_ decoder: VideoDecoder) {
    let start = monotonicNanoseconds()
    var sequence = 0
    var first: Int
    repeat {
      first = sequence
      while let picture = nextPicture(decoder) {
        progress.withLock {
          $0.damaged = decoder.damaged
          $0.position = picture.position
        }
        guard deliver(picture, sequence: sequence, start: start) else { return }
        sequence += 1
      }
    } while loops && sequence > first && decoder.rewind()
    progress.withLock {
      $0.damaged = decoder.damaged
      $0.state = .ended
    }
    mailbox.finish(
      throwing: sequence == 0
        ? MediaFileError.nothingDecoded(path: path, damaged: decoder.damaged) : nil)
  }

  private func nextPicture(_ decoder: VideoDecoder) -> VideoDecoder.Picture? {
    let target = progress.withLock { progress -> Double? in
      defer { progress.seek = 0 }
      // The last picture shows before a file ends or starts again.
      let end = max(0, (progress.format?.seconds ?? .infinity) - 0.1)
      return progress.seek == 0 ? nil : min(end, max(0, progress.position + progress.seek))
    }
    // A file that cannot be sought goes on where it is.
    if let target { _ = decoder.seek(to: target) }
    return decoder.next()
  }

  /// False when nobody wants it any more.
  private func deliver(_ picture: VideoDecoder.Picture, sequence: Int, start: UInt64) -> Bool {
    if pacing == .realtime,
      stopSignal.wait(until: start + UInt64(picture.time * 1_000_000_000))
    {
      return false
    }
    let now = monotonicNanoseconds()
    return mailbox.put { overwritten in
      Frame(
        image: picture.image, time: picture.time, clockTime: picture.clockTime,
        duration: picture.duration, sequence: sequence, capturedAt: now, dropped: overwritten)
    }
  }
}
