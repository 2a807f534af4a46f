import Capture
import Inference
import Publishing
import Reading
import Recording
import Runtime
import Screen
import Words

/// The state that the threads of a run share. It reports its status, carries out keys' requests,
/// and shuts down in order.
final class RunningSession: DisplayHost {
  let parts: SessionParts
  let control: RunControl
  private let events: SessionEvents
  private let screen: Locked<Display?>
  private let reading = Locked<FrameReading?>(nil)

  init(
    _ parts: SessionParts, _ options: LiveOptions, _ control: RunControl, _ events: SessionEvents
  ) {
    self.parts = parts
    self.control = control
    self.events = events
    screen = Locked(nil)
    let display = Display(
      wantsScreen: options.hasScreen, smoothing: options.smoothing,
      preview: options.preview ?? .auto, host: self)
    screen.withLock { $0 = display }
  }

  var display: Display { screen.withLock { $0! } }

  /// The display comes last, so that the terminal shows the run to its end.
  var sinks: [any ReadingSink] { parts.sinks + [display] }

  // MARK: Display

  func status(after reading: FrameReading?) -> SessionStatus {
    self.reading.withLock { $0 = reading }
    let (source, pipeline) = (parts.source, parts.pipeline)
    return SessionStatus(
      format: source.format, source: source.state, counters: source.counters,
      members: pipeline.members, membersPerFrame: reading?.membersPerFrame ?? pipeline.members,
      carriesState: pipeline.temporal == .carry, sound: parts.sound?.status(reading?.sound),
      recording: parts.recorder.progress, isPaused: control.isPaused,
      position: parts.source.position, notice: events.notice)
  }

  func perform(_ command: ScreenCommand) {
    switch command {
    case .quit: control.stop()
    case .pause: control.togglePause()
    case .record: toggleRecording()
    case .mark: mark()
    case .seek(let seconds): parts.source.seek(by: seconds)
    // The display itself requests the snapshot, with what it shows.
    case .snapshot: break
    case .rest(let face, let rest):
      parts.resting.set(rest, for: face)
      if let rest { keep(rest) }
    }
  }

  func tell(_ error: any Error) {
    let line = Failure(error).line
    if error is TerminalError { printError(line) } else { events.post(line) }
  }

  private func keep(_ rest: RestingFace) {
    guard let neutral = parts.neutral else { return }
    do {
      let isKept = try neutral.keep(rest)
      events.post(
        isKept
          ? "this face is kept in \(neutral.path) as neutral"
          : "\(neutral.path) stays as it was; --force replaces it")
    } catch {
      tell(error)
    }
  }

  private func toggleRecording() {
    guard !parts.recorder.stop() else { return }
    do {
      events.post("recording \(try parts.recorder.start())")
    } catch {
      tell(error)
    }
  }

  func save(_ reading: FrameReading, lead: Int?, screen: String) {
    do {
      let saved = try Snapshot.write(reading, lead: lead, screen: screen)
      events.post("saved \(saved.picture) and \(saved.screen)")
    } catch {
      tell(error)
    }
  }

  /// Sets a marker now, for the key and the signal.
  func mark() {
    if let number = parts.markers.set() { events.post("marker \(number)", seconds: 2) }
  }

  // MARK: End

  /// Completes every output and releases the terminal. May be called on any thread, repeatedly.
  @discardableResult
  func shutDown() -> [SinkReport] {
    parts.source.stop()
    parts.sound?.stop()
    parts.markerInput?.stop()
    return sinks.map { $0.finish() }
  }

  /// Counts a file's frames that could not be used, and reports them on stderr.
  func reportLostFrames() -> Int {
    let lost = (parts.source as? VideoFile)?.lost ?? 0
    if lost > 0 {
      let frames = counted(lost, "frame")
      printError(
        "emenet: \(parts.source.format.path): \(frames) damaged, cut off or without a possible time"
      )
    }
    return lost
  }

  /// Reports what was dropped, and throws the reason if the run failed.
  func judge(_ outcome: Result<Void, any Error>, _ reports: [SinkReport]) throws {
    for case let sink as PublishingSink in parts.sinks { sink.reportMissed() }
    if parts.markers.unplaced > 0 {
      printError(
        "emenet: \(counted(parts.markers.unplaced, "marker")) in no record: no frame came after")
    }
    for report in reports where report.leftOut > 0 {
      printError(
        "emenet: \(report.name): \(counted(report.leftOut, "frame")) left out: "
          + "writing was too slow for them")
    }
    if case .failure(let error) = outcome, !(error is CancellationError) { throw error }
    for report in reports {
      if let failure = report.failure {
        if case OutputError.closedPipe = failure { continue }
        throw failure
      }
      if report.isAbandoned {
        throw Failure(
          report.name, "it took no more, so what was still to be written is lost",
          do: "see that whoever reads it keeps up", exitCode: .outputNotWritable)
      }
    }
  }
}
