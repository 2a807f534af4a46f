import Capture
import FaceCrop
import Glibc
import Imaging
import Inference
import Reading
import Recording
import Runtime
import Screen

/// One run of the monitor: source -> face crop -> ensemble -> screen, recording and records.
///
/// Three things go on at once: the source's own thread hands over the newest frame, this pipeline
/// measures one after the other, and ``Display`` shows the last reading at its own pace.
struct LiveSession {
  let options: LiveOptions

  func run() async throws -> ExitCode {
    // What can be known to fail is tried first: outputs, then weights, then the source.
    if let path = options.saveFile { try VideoRecorder.validate(path, force: options.force) }
    var records = try SessionRecords(options)
    defer { records.close() }
    let soundDebug = try options.audioDebug.map { try SoundDebug(path: $0, force: options.force) }
    defer { soundDebug?.close() }
    let neutral = try options.neutral.map { try NeutralFile(path: $0, force: options.force) }
    let store = try CheckpointStore(paths: options.checkpoints, members: options.members)
    let ensemble = try Ensemble(
      members: store.members, landmarks: store.landmarks(),
      temporal: options.state ?? store.temporal, prior: store.prior(options.prior),
      threads: options.threads)
    let sound = try SessionSound(options, kind: ensemble.kind)
    defer { sound?.stop() }
    let detector = try HaarCascadeDetector()
    let source = makeSource()
    try source.start()
    defer { source.stop() }
    let format = source.format
    for difference in format.differences { printError("emenet: \(format.path): \(difference)") }

    if let sound { printError("emenet: " + sound.announcement) }

    let state = SessionState(resting: RestingFaces(kept: neutral?.kept))
    stopOnSignals(source, state)
    let recording = SessionRecording(options, format: format, sound: sound)
    try recording.startIfAsked()
    let input = Locked(CounterRate())
    let display = Display(options, state: state) {
      status(source, state, ensemble, recording, sound, input)
    } perform: { command in
      perform(command, source, state, recording, neutral)
    }
    // On every way out: the video gets its trailer, the terminal its modes.
    defer {
      recording.finish()
      display.finish()
    }

    let pacing = options.input == nil || options.realtime
    let analyzer = FaceAnalyzer(
      ensemble: ensemble, detector: detector, maxFaces: options.maxFaces,
      turns: MemberTurns(
        members: ensemble.count,
        budget: pacing ? 1 / (format.framesPerSecond > 0 ? format.framesPerSecond : 30) : nil))
    let cutter = sound?.cutter(
      framesPerSecond: format.framesPerSecond > 0 ? format.framesPerSecond : 30)
    var failure: Failure?
    do {
      var count = 0
      while let frame = try await source.next() {
        if let sound, let cutter {
          let cut = cutter.cut(frame)
          sound.measure(cutter.window, cut, time: frame.time)
          if ensemble.kind == .audiovisual {
            await ensemble.hear(cutter.window, at: cut.isComplete ? cut.start : nil)
          }
          let (level, state) = sound.level
          try soundDebug?.write(
            frame: count, time: frame.time, cut, level: level, state: state)
        }
        var faces = await analyzer.faces(in: frame.image, time: frame.time)
        state.resting.apply(to: &faces)
        let now = monotonicSeconds()
        let reading = FrameReading(
          frame: count, time: frame.time, soundTime: cutter?.time(of: frame) ?? 0,
          dropped: frame.dropped, image: frame.image,
          latencyMilliseconds: now * 1e3 - Double(frame.capturedAt) / 1e6, faces: faces)
        if let error = records.write(reading) {
          if case .closedPipe = error { break }
          state.post(Failure(error).line)
        }
        if let error = recording.append(reading) { state.post(Failure(error).line) }
        let perFrame = analyzer.membersPerFrame
        state.update {
          $0.reading = reading
          $0.membersPerFrame = perFrame
          $0.output.add(at: now, latencyMilliseconds: reading.latencyMilliseconds)
        }
        count += 1
        if let limit = options.frames, count >= limit { break }
        if let limit = options.seconds, frame.time >= limit { break }
        await state.gate.pass()
      }
    } catch {
      failure = Failure(error)
    }
    source.stop()
    let recordingFailure = recording.finish()
    display.finish()
    if recording.leftOut > 0 {
      let lacking = counted(recording.leftOut, "frame")
      printError("emenet: the recording lacks \(lacking): encoding was behind")
    }
    if let failure { throw failure }
    if let recordingFailure { throw recordingFailure }
    if let error = records.failure, case .closedPipe = error { return .done }
    if let error = records.failure { throw error }
    return .done
  }

  private func perform(
    _ command: ScreenCommand, _ source: any FrameSource, _ state: SessionState,
    _ recording: SessionRecording, _ neutral: NeutralFile?
  ) {
    switch command {
    case .quit:
      state.gate.setClosed(false)
      source.stop()
    case .pause: state.gate.setClosed(!state.gate.isClosed)
    case .record: state.post(recording.toggle())
    case .rest(let face, let rest):
      state.resting.set(rest, for: face)
      if let neutral, let rest { state.post(neutral.keep(rest)) }
    case .snapshot:
      guard let reading = state.current.reading else { return }
      do throws(OutputError) {
        state.post("saved " + (try Snapshot.write(reading)))
      } catch {
        state.post(Failure(error).line)
      }
    }
  }

  private func status(
    _ source: any FrameSource, _ state: SessionState, _ ensemble: Ensemble,
    _ recording: SessionRecording, _ sound: SessionSound?, _ input: Locked<CounterRate>
  ) -> SessionStatus {
    let now = monotonicSeconds()
    let values = state.current
    let counters = source.counters
    let output = values.output
    return SessionStatus(
      format: source.format, source: source.state, counters: counters,
      framesPerSecondIn: input.withLock {
        $0.rate(at: now, count: counters.delivered + counters.dropped)
      },
      framesPerSecondOut: output.framesPerSecond(at: now),
      latencyMedianMilliseconds: output.latencyMilliseconds(quantile: 0.5),
      latencyP95Milliseconds: output.latencyMilliseconds(quantile: 0.95),
      members: ensemble.count, membersPerFrame: values.membersPerFrame,
      carriesState: ensemble.temporal == .carry, sound: sound?.status,
      recording: recording.progress,
      isPaused: state.gate.isClosed,
      notice: values.notice.flatMap { $0.until > now ? $0.text : nil })
  }

  private func makeSource() -> any FrameSource {
    if let path = options.input {
      return VideoFile(
        path: path, pacing: options.realtime ? .realtime : .everyFrame, loops: options.loop)
    }
    let camera = Camera(options.camera)
    let lookahead = options.lookaheadMilliseconds / 1000
    return lookahead > 0 ? DelayedSource(camera, delay: lookahead) : camera
  }

  private func stopOnSignals(_ source: any FrameSource, _ state: SessionState) {
    Signals.deliver { number in
      switch number {
      case SIGTSTP: state.update { $0.suspend = true }
      case SIGCONT: state.update { $0.repaint = true }
      default:
        // The second one means it: nobody waits for a pipeline that hangs.
        let isSecond = state.update { values in
          defer { values.stopRequested = true }
          return values.stopRequested
        }
        if isSecond {
          TerminalRescue.restore()
          _exit(ExitCode.nothingDone.rawValue)
        }
        state.gate.setClosed(false)
        source.stop()
      }
    }
  }
}
