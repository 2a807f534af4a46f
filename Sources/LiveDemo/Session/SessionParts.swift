import Capture
import FaceCrop
import Glibc
import Inference
import Publishing
import Reading
import Recording
import Records
import Runtime
import Words

/// Everything that one run of the monitor consists of, opened.
struct SessionParts: Sendable {
  let source: any FrameSource
  let sound: SessionSound?
  let pipeline: EmotionPipeline
  let recorder: Recorder
  let resting: RestingFaces
  /// nil without `--neutral`.
  let neutral: NeutralFile?
  let markers: Markers
  /// nil without `--markers`.
  let markerInput: MarkerInput?
  /// All sinks except the display.
  let sinks: [any ReadingSink]
  /// A file that is not paced waits for the sinks, so that no frame is dropped.
  let waitsForSinks: Bool

  /// Frames in memory in the worst case, at 4 bytes a pixel: in the decoder, in queues and in the
  /// recording's encoder (25 were measured at 3840 x 2160 with a .mkv).
  private static let framesAtOnce = 30

  /// Opens outputs first, then weights, then the source, so that foreseeable failures come early.
  init(_ options: LiveOptions, _ control: RunControl, _ events: SessionEvents) throws {
    try InputFiles(
      (options.stream == nil ? options.inputs : []) + [options.audio].compactMap(\.self)
        + options.ensemble.checkpoints
    )
    .refuse(asOutputs: [options.saveFile, options.json, options.csv, options.audioDebug])
    if let path = options.saveFile { try VideoRecorder.validate(path, force: options.force) }
    neutral = try options.neutral.map { try NeutralFile(path: $0, force: options.force) }
    resting = RestingFaces(kept: neutral?.kept)
    let markers = Markers(followsClock: options.isLive || options.realtime)
    var markerInput: MarkerInput?
    let description = RecordDescription()
    var sinks = try Self.records(options, description, events)
    // Subscribers need a moment to connect; reading the weights gives them that time.
    sinks += PublishingSink.sinks(options) { events.say($0, hasScreen: options.hasScreen) }
    do {
      markerInput = try options.markers.map { try MarkerInput($0, into: markers) }
      if let path = options.audioDebug {
        sinks.append(
          SinkThread(
            "sound records", name: path, capacity: 16, deadline: 3,
            worker: try SoundDebug(path: path, force: options.force)
          ) { events.failed($0, of: path) })
      }
      let store = try CheckpointStore(options.ensemble)
      let precision = try options.ensemble.precision(default: .auto)
      let ensemble = try Ensemble(
        members: store.members, landmarks: store.landmarks(),
        temporal: options.state ?? store.temporal, prior: store.prior(options.ensemble.prior),
        threads: options.ensemble.threads, precision: precision)
      let sound = try SessionSound(options.sound, kind: ensemble.kind) { Failure($0).reason }
      do {
        let source = Self.source(options)
        let detector = try bundledDetector(precision)
        control.stopped { source.stop() }
        try source.start()
        if options.input == "-", options.hasScreen { Self.takeKeysFromTerminal() }
        let format = source.format
        do {
          try Resources.checkMemory(bytes: Self.framesAtOnce * 4 * format.width * format.height)
        } catch {
          source.stop()
          throw error
        }
        if options.json != nil || options.csv != nil {
          description.fill(
            RecordDescription.Contents(
              version: Version.current, command: LiveOptions.name,
              source: options.inputs.isEmpty
                ? ["\(format.name), \(format.path)"] : options.inputs, start: utcSeconds(),
              checkpoints: store.members.map(\.path), options: options.arguments.values))
        }
        for difference in format.differences {
          printError("emenet: \(format.path): \(difference)")
        }
        if let sound { printError("emenet: " + sound.announcement) }
        let framesPerSecond = format.framesPerSecond > 0 ? format.framesPerSecond : 30
        waitsForSinks = !options.isLive && !options.realtime
        pipeline = EmotionPipeline(
          ensemble, of: .faces(detector, maxFaces: options.maxFaces),
          secondsPerFrame: waitsForSinks ? nil : 1 / framesPerSecond,
          sound: sound?.cutter(framesPerSecond: framesPerSecond), resting: resting,
          markers: markers)
        recorder = Recorder(
          framesPerSecond: format.framesPerSecond, sound: { sound?.reader() },
          notify: events.recorded)
        self.source = source
        self.sound = sound
        self.markers = markers
        self.markerInput = markerInput
        self.sinks = [recorder] + sinks
        do {
          if let path = options.saveFile { try recorder.start(path, force: options.force) }
        } catch {
          source.stop()
          throw error
        }
      } catch {
        sound?.stop()
        throw error
      }
    } catch {
      markerInput?.stop()
      // A file that received no bytes is removed when it is closed.
      for sink in sinks { sink.finish() }
      throw error
    }
  }

  private static func records(
    _ options: LiveOptions, _ description: RecordDescription, _ events: SessionEvents
  ) throws(OutputError) -> [any ReadingSink] {
    var sinks: [any ReadingSink] = []
    for (path, format) in [
      (options.json, RecordWriter.Format.json(perMember: false)), (options.csv, .csv),
    ] {
      guard let path else { continue }
      do {
        sinks.append(
          try RecordSink(
            path: path, format: format, force: options.force,
            subject: options.subject, description: description
          ) {
            events.failed($0, of: path)
          })
      } catch {
        for sink in sinks { sink.finish() }
        throw error
      }
    }
    return sinks
  }

  /// Pictures come through standard input, which the source holds, so keys come from the terminal
  /// in which the run was started.
  private static func takeKeysFromTerminal() {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else { return }
    dup2(terminal, STDIN_FILENO)
    close(terminal)
  }

  private static func source(_ options: LiveOptions) -> any FrameSource {
    if let stream = options.stream {
      return Camera(stream, reconnectSeconds: options.reconnectSeconds)
    }
    if !options.inputs.isEmpty {
      return VideoFile(
        paths: options.inputs, pacing: options.realtime ? .realtime : .everyFrame,
        loops: options.loop)
    }
    let camera = Camera(options.camera)
    let lookahead = options.lookaheadMilliseconds / 1000
    return lookahead > 0 ? DelayedSource(camera, delay: lookahead) : camera
  }
}
