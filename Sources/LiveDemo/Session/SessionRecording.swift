import Capture
import Glibc
import Imaging
import Reading
import Recording
import Runtime

/// The annotated video of one run, switched on and off by `--save-file` and the `r` key.
final class SessionRecording: Sendable {
  private struct State {
    var recorder: VideoRecorder?
    var failure: RecordingError?
    /// Frames that an encoder was too far behind for.
    var leftOut = 0
  }

  private let options: LiveOptions
  private let framesPerSecond: Double
  private let sound: SessionSound?
  private let state = Locked(State())

  init(_ options: LiveOptions, format: SourceFormat, sound: SessionSound?) {
    self.sound = sound
    self.options = options
    framesPerSecond = format.framesPerSecond
  }

  /// Creates the file of `--save-file`.
  func startIfAsked() throws(RecordingError) {
    if let path = options.saveFile { try start(path, force: options.force) }
  }

  /// The `r` key. Returns what to tell the person.
  func toggle() -> String {
    if let recorder = state.withLock({ $0.recorder.take() }) {
      let summary = complete(recorder)
      return "saved \(recorder.path), \(tenths(summary.seconds)) s"
        + (summary.overflowed > 0 ? ", \(counted(summary.overflowed, "frame")) left out" : "")
    }
    // Matroska plays as it is whatever ends the program. Two in one second have names of their own.
    let base = "emenet-\(timestamp())"
    for attempt in 1... {
      let path = base + (attempt == 1 ? "" : "-\(attempt)") + ".mkv"
      do {
        try start(path, force: false)
        return "recording \(path)"
      } catch .output(.exists) {
        continue
      } catch {
        return Failure(error).line
      }
    }
    preconditionFailure("there are always names left")
  }

  /// - Returns: why the recording stopped, when it did so just now
  func append(_ reading: FrameReading) -> RecordingError? {
    guard let recorder = state.withLock({ $0.recorder }) else { return nil }
    recorder.append(reading)
    guard let failure = recorder.progress.failure else { return nil }
    state.withLock { state in
      state.recorder = nil
      state.failure = failure
    }
    _ = complete(recorder)
    return failure
  }

  var progress: SessionStatus.Recording? {
    state.withLock { $0.recorder }.map { recorder in
      let summary = recorder.progress
      return SessionStatus.Recording(
        path: recorder.path, seconds: summary.seconds, bytes: summary.bytes,
        leftOut: summary.overflowed)
    }
  }

  /// Frames that the recordings of this run lack, because the encoder was behind the camera.
  var leftOut: Int { state.withLock { $0.leftOut } }

  /// Completes the file. Returns why a recording of this run failed. May be called more than once.
  @discardableResult
  func finish() -> RecordingError? {
    let recorder = state.withLock { $0.recorder.take() }
    let failure = recorder.flatMap { complete($0).failure }
    return state.withLock { state in
      state.failure = state.failure ?? failure
      return state.failure
    }
  }

  private func complete(_ recorder: VideoRecorder) -> RecordingSummary {
    let summary = recorder.finish()
    state.withLock { $0.leftOut += summary.overflowed }
    return summary
  }

  private func start(_ path: String, force: Bool) throws(RecordingError) {
    // A file may wait for the encoder; a camera's frames are skipped and counted instead.
    let waits = options.input != nil && !options.realtime
    let recorder = try VideoRecorder(
      path: path, framesPerSecond: framesPerSecond, pressure: waits ? .wait : .skip, force: force,
      sound: sound?.reader())
    state.withLock { $0.recorder = recorder }
  }
}
