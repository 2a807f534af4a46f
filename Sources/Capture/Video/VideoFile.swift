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
  private let thread = Locked<NamedThread?>(nil)

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
    let counters = playback.queue.counters
    let (damaged, lost) = playback.progress.withLock { ($0.damaged, $0.lost) }
    return SourceCounters(
      delivered: counters.fetched, dropped: counters.replaced + lost, damaged: damaged)
  }

  public var position: Double? { playback.progress.withLock { $0.position } }

  public func seek(by seconds: Double) {
    playback.progress.withLock { $0.seek += seconds }
  }

  /// Pictures so far that could not be decoded or whose time no clock shows; at the end all of the
  /// file, those included that were cut off and that its header lists. They have their places in
  /// ``Frame/sequence`` and count as dropped.
  public var lost: Int { playback.progress.withLock { $0.lost } }

  /// Throws ``MediaFileError``.
  public func start() throws {
    let decoder = try VideoDecoder(path: playback.path, stop: playback.stopSignal)
    playback.progress.withLock {
      $0.format = decoder.format
      $0.state = .streaming
    }
    let started = NamedThread("capture") { [playback] in playback.run(decoder) }
    thread.withLock { thread in
      precondition(thread == nil, "a source is started once")
      thread = started
    }
  }

  public func next() async throws -> Frame? {
    try await playback.queue.next()
  }

  public func stop() {
    playback.queue.cancel()
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
    var lost = 0
  }

  let path: String
  let pacing: VideoFile.Pacing
  let loops: Bool
  let queue: Queue<Frame>
  let stopSignal = Event()
  let progress = Locked(Progress())

  init(path: String, pacing: VideoFile.Pacing, loops: Bool) {
    self.path = path
    self.pacing = pacing
    self.loops = loops
    queue = Queue(pacing == .realtime ? .newestWins(capacity: 1) : .writerWaits(capacity: 2))
  }

  /// The thread: until the file ends or the reader wants no more.
  func run(_ decoder: VideoDecoder) {
    var pace = Pace(start: monotonicNanoseconds())
    var delivered = 0
    var first: Int
    repeat {
      first = delivered
      while let picture = nextPicture(decoder) {
        count(decoder)
        progress.withLock { $0.position = picture.position }
        guard deliver(picture, sequence: delivered + decoder.lost, lost: decoder.lost, &pace)
        else { return }
        delivered += 1
      }
    } while loops && delivered > first && decoder.rewind()
    count(decoder)
    progress.withLock { $0.state = .ended }
    queue.finish(
      throwing: delivered == 0
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

  private func count(_ decoder: VideoDecoder) {
    progress.withLock {
      $0.damaged = decoder.damaged
      $0.lost = decoder.lost
    }
  }

  /// False when nobody wants it any more.
  private func deliver(
    _ picture: VideoDecoder.Picture, sequence: Int, lost: Int, _ pace: inout Pace
  ) -> Bool {
    if pacing == .realtime, stopSignal.wait(until: pace.due(picture.time)) { return false }
    let now = monotonicNanoseconds()
    let outcome = queue.put { replaced in
      Frame(
        image: picture.image, time: picture.time, clockTime: picture.clockTime,
        duration: picture.duration, sequence: sequence, capturedAt: now,
        dropped: replaced + lost)
    }
    return outcome != .closed
  }
}

/// When pictures are due that are played at their own pace.
struct Pace {
  /// A file that stands still for longer goes on after so long, s.
  static let longestPause = 5.0

  private let start: UInt64
  /// s from the first picture to the last, less what nobody waits for in the file's pauses. A sum of
  /// steps, so that an absurd time costs the others no digits.
  private var elapsed = 0.0
  private var last = 0.0

  /// `start`: CLOCK_MONOTONIC, ns; of the first picture, which has the time 0.
  init(start: UInt64) {
    self.start = start
  }

  /// CLOCK_MONOTONIC, ns, of the picture at `time`, s.
  mutating func due(_ time: Double) -> UInt64 {
    elapsed += min(time - last, Self.longestPause)
    last = time
    return start + UInt64(max(0, min(elapsed, 1e9)) * 1e9)
  }
}
