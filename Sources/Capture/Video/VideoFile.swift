import Imaging
import Runtime

/// A video file, several in a row, a FIFO or standard input ("-") as a ``FrameSource``: runs
/// libavformat, libavcodec and libswscale on its own thread.
public final class VideoFile: FrameSource {
  public enum Pacing: Sendable {
    /// Delivers every picture; decoding waits for the reader.
    case everyFrame
    /// Delivers pictures in real time, like a camera; a newer picture replaces one that has not
    /// been fetched.
    case realtime
  }

  private let playback: Playback
  private let thread = Locked<NamedThread?>(nil)

  /// - Parameters:
  ///   - paths: regular files if there are several; times keep increasing from one to the next
  ///   - loops: restarts at the end, with times that keep increasing
  public init(paths: [String], pacing: Pacing, loops: Bool = false) {
    precondition(!paths.isEmpty)
    playback = Playback(paths: paths, pacing: pacing, loops: loops)
  }

  public convenience init(path: String, pacing: Pacing, loops: Bool = false) {
    self.init(paths: [path], pacing: pacing, loops: loops)
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

  /// Number of pictures so far that could not be decoded or have an implausible time; at the end,
  /// all of the file's, including those that its header lists but that were cut off. They have
  /// their places in ``Frame/sequence`` and count as dropped.
  public var lost: Int { playback.progress.withLock { $0.lost } }

  /// Throws ``MediaFileError``, also for a file that is not the first.
  public func start() throws {
    let decoder = try VideoDecoder(path: playback.paths[0], stop: playback.stopSignal)
    for path in playback.paths.dropFirst() { _ = try VideoDecoder(path: path) }
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

/// State shared between a ``VideoFile`` and its thread.
private final class Playback: Sendable {
  struct Progress {
    var format: SourceFormat?
    var state = SourceState.closed
    var damaged = 0
    /// Seconds from the first picture.
    var position = 0.0
    /// Requested jump from there, in s; 0 for none.
    var seek = 0.0
    var lost = 0
  }

  let paths: [String]
  let pacing: VideoFile.Pacing
  let loops: Bool
  let queue: Queue<Frame>
  let stopSignal = Event()
  let progress = Locked(Progress())

  init(paths: [String], pacing: VideoFile.Pacing, loops: Bool) {
    self.paths = paths
    self.pacing = pacing
    self.loops = loops
    queue = Queue(pacing == .realtime ? .newestWins(capacity: 1) : .writerWaits(capacity: 2))
  }

  /// The thread's main loop, until the files end or the reader stops.
  func run(_ first: VideoDecoder) {
    var decoder = first
    var pace = Pace(start: monotonicNanoseconds())
    var (clip, delivered, ofRound, ofClip) = (0, 0, 0, 0)
    // Of the files that are closed.
    var past = (damaged: 0, lost: 0, end: 0.0)
    var end = 0.0
    do throws(MediaFileError) {
      while true {
        while var picture = nextPicture(decoder) {
          count(decoder, past)
          picture.time += past.end
          end = picture.time + picture.duration
          let lost = past.lost + decoder.lost
          progress.withLock { $0.position = picture.position }
          guard deliver(picture, clip, sequence: delivered + lost, lost: lost, &pace)
          else { return }
          delivered += 1
          ofRound += 1
          ofClip += 1
        }
        count(decoder, past)
        guard ofClip > 0 || paths.count == 1 && delivered > 0 else {
          throw .nothingDecoded(path: paths[clip], damaged: decoder.damaged)
        }
        ofClip = 0
        clip += 1
        if clip == paths.count {
          guard loops, ofRound > 0 else { break }
          (clip, ofRound) = (0, 0)
        }
        if paths.count == 1 {
          guard decoder.rewind() else { break }
        } else {
          past = (past.damaged + decoder.damaged, past.lost + decoder.lost, end)
          decoder = try VideoDecoder(path: paths[clip])
          let format = decoder.format
          progress.withLock { $0.format = format }
        }
      }
      finish(nil)
    } catch {
      finish(error)
    }
  }

  private func finish(_ error: MediaFileError?) {
    progress.withLock { $0.state = .ended }
    queue.finish(throwing: error)
  }

  private func nextPicture(_ decoder: VideoDecoder) -> VideoDecoder.Picture? {
    let target = progress.withLock { progress -> Double? in
      defer { progress.seek = 0 }
      // Stops short of the end, so that the last picture is shown before a file ends or loops.
      let end = max(0, (progress.format?.seconds ?? .infinity) - 0.1)
      return progress.seek == 0 ? nil : min(end, max(0, progress.position + progress.seek))
    }
    // A file that cannot seek just continues.
    if let target { _ = decoder.seek(to: target) }
    return decoder.next()
  }

  private func count(_ decoder: VideoDecoder, _ past: (damaged: Int, lost: Int, end: Double)) {
    progress.withLock {
      $0.damaged = past.damaged + decoder.damaged
      $0.lost = past.lost + decoder.lost
    }
  }

  /// Returns false once the reader has stopped.
  private func deliver(
    _ picture: VideoDecoder.Picture, _ clip: Int, sequence: Int, lost: Int, _ pace: inout Pace
  ) -> Bool {
    if pacing == .realtime, stopSignal.wait(until: pace.due(picture.time)) { return false }
    let now = monotonicNanoseconds()
    let outcome = queue.put { replaced in
      Frame(
        image: picture.image, time: picture.time, clockTime: picture.clockTime,
        duration: picture.duration, sequence: sequence, capturedAt: now,
        dropped: replaced + lost, clip: clip)
    }
    return outcome != .closed
  }
}

/// Schedules pictures for real-time playback.
struct Pace {
  /// Longer pauses between two pictures are shortened to this, in s.
  static let longestPause = 5.0

  private let start: UInt64
  /// Time in s from the first picture to the last, with long pauses shortened. A sum of steps, so
  /// that an absurd time does not reduce the precision of the others.
  private var elapsed = 0.0
  private var last = 0.0

  /// - Parameter start: time of the first picture, which has the time 0; CLOCK_MONOTONIC, ns
  init(start: UInt64) {
    self.start = start
  }

  /// When to show the picture at `time` s; CLOCK_MONOTONIC, ns.
  mutating func due(_ time: Double) -> UInt64 {
    elapsed += min(time - last, Self.longestPause)
    last = time
    return start + UInt64(max(0, min(elapsed, 1e9)) * 1e9)
  }
}
