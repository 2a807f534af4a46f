import Capture
import Reading
import Runtime

/// Records annotated videos, which can be started and stopped during the run.
package final class Recorder: ReadingSink {
  package enum Event: Sendable {
    /// The file is complete.
    case saved(path: String, RecordingSummary)
    /// The recording ended early because of an error; the file is complete up to there.
    case failed(RecordingError)
  }

  private struct State {
    var recorder: VideoRecorder?
    /// Recordings that were stopped but may still be completing their files.
    var earlier: [VideoRecorder] = []
  }

  private let framesPerSecond: Double
  private let sound: @Sendable () -> (any SoundReader)?
  private let notify: @Sendable (Event) -> Void
  private let state = Locked(State())

  /// - Parameters:
  ///   - framesPerSecond: nominal rate of the source
  ///   - sound: a reader for one more video; nil if there is none
  ///   - notify: called on a recorder's thread
  package init(
    framesPerSecond: Double, sound: @escaping @Sendable () -> (any SoundReader)?,
    notify: @escaping @Sendable (Event) -> Void
  ) {
    self.framesPerSecond = framesPerSecond
    self.sound = sound
    self.notify = notify
  }

  package func start(_ path: String, force: Bool) throws(RecordingError) {
    let notify = notify
    let recorder = try VideoRecorder(
      path: path, framesPerSecond: framesPerSecond, force: force, sound: sound()
    ) { summary in
      notify(summary.failure.map { .failed($0) } ?? .saved(path: path, summary))
    }
    state.withLock { $0.recorder = recorder }
  }

  /// Starts a video named after the time, and returns its path. Matroska plays as it is whatever ends
  /// the program.
  package func start() throws(RecordingError) -> String {
    for stem in timestampedNames() {
      let path = stem + ".mkv"
      do {
        try start(path, force: false)
        return path
      } catch .output(.exists) {}
    }
    preconditionFailure("there are always names left")
  }

  /// Stops the current recording; ``Event/saved(path:_:)`` or ``Event/failed(_:)`` follows. Returns
  /// false if there was none.
  package func stop() -> Bool {
    let recorder = state.withLock { state in
      let recorder = state.recorder.take()
      if let recorder { state.earlier.append(recorder) }
      return recorder
    }
    // A recording that failed has already stopped.
    guard let recorder, recorder.isOpen else { return false }
    recorder.close()
    return true
  }

  /// nil unless a recording is in progress.
  package var progress: SessionStatus.Recording? {
    guard let recorder = current else { return nil }
    let summary = recorder.progress
    guard summary.failure == nil else { return nil }
    return SessionStatus.Recording(
      path: recorder.path, seconds: summary.seconds, bytes: summary.bytes,
      leftOut: summary.overflowed)
  }

  private var current: VideoRecorder? { state.withLock { $0.recorder } }

  private var all: [VideoRecorder] {
    state.withLock { state in state.earlier + (state.recorder.map { [$0] } ?? []) }
  }

  package func take(_ reading: FrameReading) { current?.take(reading) }

  package func room() async { await current?.room() }

  /// Covers all videos of the run.
  package var report: SinkReport {
    all.reduce(into: SinkReport(name: "recording")) { $0.add($1.report) }
  }

  package func hurry() { for recorder in all { recorder.hurry() } }

  @discardableResult
  package func finish() -> SinkReport {
    all.reduce(into: SinkReport(name: "recording")) { $0.add($1.finish()) }
  }
}

extension SinkReport {
  fileprivate mutating func add(_ other: SinkReport) {
    name = other.name
    done += other.done
    leftOut += other.leftOut
    failure = failure ?? other.failure
    isAbandoned = isAbandoned || other.isAbandoned
  }
}
