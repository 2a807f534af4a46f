import CFFmpeg
import Capture
import Glibc
import Imaging
import Reading
import Runtime

/// Progress or outcome of a recording.
package struct RecordingSummary: Equatable, Sendable {
  /// Pictures in the file.
  package var frames = 0
  /// Frames repeated because the source was slower than the rate of a constant-rate file; included
  /// in `frames`.
  package var repeated = 0
  /// Readings skipped because the source was faster than that rate or its clock stood still.
  package var skipped = 0
  /// Readings left out because the encoder was too slow and the source does not wait.
  package var overflowed = 0
  /// Playing time.
  package var seconds = 0.0
  package var bytes = 0
  /// Why it ended early.
  package var failure: RecordingError?
}

/// Draws readings and records them as a video, on its own thread.
///
/// The file is complete when `finish()` returns, even after a failure: if the disk fills up,
/// recording stops while there is still room for the index.
package final class VideoRecorder: ReadingSink {
  package let path: String
  private let thread: SinkThread
  private let summary: Locked<RecordingSummary>

  /// Throws what `init` would throw, without creating the file.
  package static func validate(_ path: String, force: Bool) throws(RecordingError) {
    _ = try VideoWriter.encoder(for: VideoContainer(path: path))
    do { try OutputFile.validate(path, force: force) } catch { throw .output(error) }
  }

  /// Of FFmpeg, which encodes: "5.1.7-0+deb12u1"
  package static var libraryVersion: String { String(cString: av_version_info()) }

  /// Creates the file. A recording without any reading leaves no file.
  ///
  /// - Parameters:
  ///   - framesPerSecond: nominal rate of the source
  ///   - sound: used only by the recorder's thread; nil for a video without sound
  ///   - ended: called once, on the recorder's thread, when the file is complete
  package init(
    path: String, framesPerSecond: Double, force: Bool = false,
    sound: sending (any SoundReader)? = nil,
    ended: @escaping @Sendable (RecordingSummary) -> Void = { _ in }
  ) throws(RecordingError) {
    self.path = path
    let container = try VideoContainer(path: path)
    _ = try VideoWriter.encoder(for: container)
    let file: OutputFile
    do { file = try OutputFile(path: path, force: force) } catch { throw .output(error) }
    let summary = Locked(RecordingSummary())
    self.summary = summary
    // A few frames bridge a slow key frame; more would only cost memory.
    thread = SinkThread(
      "recorder", name: path, capacity: 4, deadline: 10,
      worker: Worker(
        file: file, container: container, rate: AVRational(framesPerSecond: framesPerSecond),
        sound: sound, shown: summary, ended: ended))
  }

  package func take(_ reading: FrameReading) { thread.take(reading) }

  package func room() async { await thread.room() }

  package var hasRoom: Bool { thread.hasRoom }

  /// Whether readings are still accepted.
  package var isOpen: Bool { thread.isOpen }

  package var progress: RecordingSummary {
    var summary = summary.withLock { $0 }
    summary.overflowed = thread.report.leftOut
    return summary
  }

  package var report: SinkReport {
    var report = thread.report
    report.failure = summary.withLock { $0.failure } ?? report.failure
    return report
  }

  /// Stops accepting readings and completes the file in the background.
  package func close() { thread.close() }

  package func hurry() { thread.hurry() }

  @discardableResult
  package func finish() -> SinkReport {
    var report = thread.finish()
    report.failure = summary.withLock { $0.failure } ?? report.failure
    return report
  }
}

/// State used only by the recorder's thread.
private final class Worker: SinkWorker {
  private var summary = RecordingSummary()
  /// A copy of `summary` for other threads.
  private let shown: Locked<RecordingSummary>
  private let ended: (RecordingSummary) -> Void
  private let file: OutputFile
  private let container: VideoContainer
  private let rate: AVRational
  private var clock: RecordingClock
  private var grid: RateGrid
  private var lastTick: Int64 = -1
  private var annotator: Annotator?
  private var writer: VideoWriter?
  private var soundtrack: Soundtrack?
  private let soundBlock = UnsafeMutableBufferPointer<Float>.allocate(capacity: 1024)

  init(
    file: OutputFile, container: VideoContainer, rate: AVRational, sound: (any SoundReader)?,
    shown: Locked<RecordingSummary>, ended: @escaping (RecordingSummary) -> Void
  ) {
    self.shown = shown
    self.ended = ended
    soundtrack = sound.map(Soundtrack.init)
    self.file = file
    self.container = container
    self.rate = rate
    clock = RecordingClock(interval: 1 / rate.value)
    grid = RateGrid(framesPerSecond: rate.value)
  }

  deinit { soundBlock.deallocate() }

  func work(_ reading: FrameReading) throws {
    do {
      try add(reading)
    } catch {
      summary.failure = error
      throw error
    }
    show()
  }

  private func show() {
    let summary = summary
    shown.withLock { $0 = summary }
  }

  private func add(_ reading: FrameReading) throws(RecordingError) {
    if writer == nil { try open(reading.image) }
    guard let writer, let seconds = clock.place(reading.time),
      let tick = try place(seconds, writer)
    else {
      summary.skipped += 1
      return
    }
    annotator!.draw(reading)
    try writer.write(annotator!.canvas, tick: tick)
    lastTick = tick
    soundtrack?.place(time: seconds, soundTime: reading.soundTime, duration: 1 / rate.value)
    try writeSound(until: seconds - Soundtrack.delay, writer)
    note(writer)
  }

  private func writeSound(until time: Double, _ writer: VideoWriter) throws(RecordingError) {
    while let count = soundtrack?.next(until: time, into: soundBlock), count > 0 {
      try writer.write(sound: UnsafeBufferPointer(rebasing: soundBlock[..<count]))
    }
  }

  func finish() {
    defer {
      show()
      ended(summary)
    }
    guard let writer else {
      file.close()
      return
    }
    do {
      if summary.failure == nil {
        try writeSound(until: Double(lastTick) * writer.timeBase.value + 1 / rate.value, writer)
      }
    } catch { summary.failure = error }
    do { try writer.finish() } catch { summary.failure = summary.failure ?? error }
    note(writer)
  }

  private func open(_ image: Image) throws(RecordingError) {
    let annotator = Annotator(frameWidth: image.width, frameHeight: image.height)
    self.annotator = annotator
    writer = try VideoWriter(
      file, container: container, width: annotator.layout.width,
      height: annotator.layout.height, rate: rate, hasSound: soundtrack != nil)
  }

  /// The tick of a frame, after the slots before it were filled; nil if it is skipped.
  private func place(_ seconds: Double, _ writer: VideoWriter) throws(RecordingError) -> Int64? {
    guard container.hasTimes else {
      guard let repeats = grid.take(seconds) else { return nil }
      for _ in 0..<repeats {
        lastTick += 1
        try writer.writeAgain(tick: lastTick)
        summary.repeated += 1
      }
      return lastTick + 1
    }
    return max(lastTick + 1, Int64((seconds / writer.timeBase.value).rounded()))
  }

  private func note(_ writer: VideoWriter) {
    summary.frames = writer.frames
    summary.bytes = writer.bytes
    summary.seconds = Double(lastTick) * writer.timeBase.value + 1 / rate.value
  }
}
