import Capture
import Glibc
import Inference
import Offline
import Reading
import Records
import Runtime

enum PredictCommand: Command {
  static let description = CommandDescription(
    name: "predict", summary: "Frame folders or videos to prediction files, a line a frame.",
    operands: "[VIDEO|FOLDER…]",
    options: [
      Option("data-dir", value: "DIR", "one folder of aligned crops per video"),
      Option("video", value: "PATH", "a video, or a folder of videos; more may follow"),
      Option("testset", value: "MANIFEST", "what 'emenet testset' wrote"),
      Option("cropped", "every frame of a video is already an aligned crop"),
      Option("output-dir", value: "DIR", "where the files go (default: ensemble_preds)"),
      Option("json", value: "FILE", "the records of the merged output as well; - is stdout"),
      Option("fps", value: "N", "frames a second of the folders (default: 30)"),
      Option(
        "audio", value: "PATH",
        "for EMENet-VA: a sound file, or a folder with one for each clip, NAME.* (default: the "
          + "video's own track)"),
      .referenceWindows, .audioDebug, .state, .prior, .checkpoint, .members, .threads, .force,
    ])

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    let force = arguments.has(Option.force.name)
    let directory = arguments.string("output-dir") ?? "ensemble_preds"
    let clips = try clips(arguments)
    try InputFiles(
      ["data-dir", "testset", "audio"].compactMap(arguments.string)
        + arguments.strings("video") + arguments.operands + arguments.strings("checkpoint")
    ).refuse(asOutputs: [arguments.string("json"), arguments.string(Option.audioDebug.name)])
    let store = try CheckpointStore(
      paths: arguments.strings("checkpoint"),
      members: arguments.integer("members", in: 1...(.max)))
    let temporal: Checkpoint.Temporal = try arguments.choice("state") ?? store.temporal
    let prior = try store.prior(arguments)
    let cores =
      try arguments.integer("threads", in: 1...1024) ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let recordDescription = RecordDescription()
    let records = try arguments.string("json").map {
      try RecordWriter(
        path: $0, format: .json(perMember: false), force: force, description: recordDescription)
    }
    if records != nil {
      recordDescription.fill(
        RecordDescription.Contents(
          version: Version.current, command: description.name, source: clips.map(\.source.path),
          start: utcSeconds(), checkpoints: store.members.map(\.path), options: arguments.values))
    }
    defer { records?.close() }
    let sound = try sound(arguments, for: clips, store)
    let framesPerSecond = try arguments.number("fps", in: 1...1000) ?? 30
    try TextFile.makeFolder(directory)
    if !force { try refuseForeignFiles(of: clips, members: store.members.count, in: directory) }
    try checkSettings(store, temporal, prior, sound, in: directory, force: force)
    // Records come in the order of the clips, all of them: one after another.
    var todo = clips.filter {
      force || records != nil || !PredictionFiles.isComplete($0.name, in: directory)
    }
    // What an earlier run left must not look done when this one is cut off.
    if force { for clip in todo { PredictionFiles.markIncomplete(clip.name, in: directory) } }
    // The longest first, so that the cores end together.
    if records == nil {
      todo.sort { ($0.frameCount ?? .max, $1.name) > ($1.frameCount ?? .max, $0.name) }
    }
    let progress = PredictionProgress(todo)
    Signals.deliver { number in
      switch number {
      case SIGTSTP: kill(getpid(), SIGSTOP)
      case SIGINT, SIGTERM, SIGHUP:
        // Files appear whole or not at all, so there is nothing to put in order.
        progress.end()
        printError("emenet: \(directory): not finished; the same command goes on")
        _exit(ExitCode.interrupted.rawValue)
      default: break
      }
    }
    let landmarks = todo.contains { $0.hasFacesToFind } ? store.landmarks() : nil
    let workers = records == nil ? max(1, min(cores, todo.count)) : 1
    func predictor() throws -> Predictor {
      let ensemble = try Ensemble(
        members: store.members, landmarks: landmarks, temporal: temporal, prior: prior,
        threads: max(1, cores / workers))
      return Predictor(
        EmotionPipeline(ensemble, of: .alignedCrop), sound: sound, framesPerSecond: framesPerSecond,
        say: { progress.say($0) })
    }
    // An output that fails ends the run: it would fail for every clip.
    let fault = Locked<OutputError?>(nil)
    var outcomes: [Outcome] = []
    if let records {
      let predictor = try predictor()
      var isRead = true
      for (index, clip) in todo.enumerated() {
        let outcome = await run(clip, index, predictor, to: directory, force, progress, fault) {
          guard isRead else { return }
          do {
            try records.write($0, of: .video(clip.name))
          } catch OutputError.closedPipe {
            // Whoever reads the records has enough; the files are wanted all the same.
            isRead = false
          }
        }
        outcomes.append(outcome)
      }
    } else {
      let queue = ClipQueue(todo)
      let predictors = try (0..<workers).map { _ in try predictor() }
      outcomes = await withTaskGroup(of: [Outcome].self) { group in
        for predictor in predictors {
          group.addTask {
            var outcomes: [Outcome] = []
            while let (index, clip) = await queue.next() {
              outcomes.append(
                await run(clip, index, predictor, to: directory, force, progress, fault) { _ in })
            }
            return outcomes
          }
        }
        return await group.reduce([], +)
      }
    }
    progress.end()
    if let error = fault.withLock({ $0 }) { throw error }
    let failed = outcomes.count { $0 == .failed }
    if failed > 0, failed == clips.count { return .nothingDone }
    return outcomes.allSatisfy { $0 == .done } ? .done : .someInputsFailed
  }

  /// What became of a clip; whatever is not as it should be was said.
  private enum Outcome {
    case done
    /// Some of its frames are damaged.
    case partlyDone
    case failed
  }

  private static nonisolated(nonsending) func run(
    _ clip: Clip, _ index: Int, _ predictor: Predictor, to directory: String, _ force: Bool,
    _ progress: PredictionProgress, _ fault: Locked<OutputError?>,
    record: (FrameReading) throws -> Void
  ) async -> Outcome {
    guard fault.withLock({ $0 }) == nil else { return .failed }
    defer { progress.finish(index) }
    do {
      var files = PredictionFiles(members: predictor.pipeline.members)
      let expect: (Int?) -> Void = { progress.expect($0, of: index) }
      let damaged = try await predictor.predict(clip, expect: expect) { measurement, crop in
        files.append(
          measurement.emotion, members: measurement.members, time: measurement.reading.time,
          crop: crop)
        try record(measurement.reading)
        progress.addFrame(of: index)
      }
      try files.write(clip.name, to: directory, force: force)
      if damaged == 0 { return .done }
      progress.say(
        "emenet: \(clip.name): \(damaged) of \(counted(files.frameCount, "frame")) damaged or cut "
          + "off; their lines repeat the frame before and are marked in merged/uncertainty")
      return .partlyDone
    } catch let error as OutputError {
      fault.withLock { $0 = $0 ?? error }
      return .failed
    } catch {
      progress.say(Failure(error).line)
      return .failed
    }
  }

  private static func clips(_ arguments: Arguments) throws -> [Clip] {
    var clips: [Clip] = []
    let isCropped = arguments.has("cropped")
    if let directory = arguments.string("data-dir") {
      clips += try folders(in: directory, isCropped: isCropped)
    }
    if let manifest = arguments.string("testset") { clips += try Manifest(reading: manifest).clips }
    clips += try (arguments.strings("video") + arguments.operands).flatMap {
      try Clip.videos(at: $0, isCropped: isCropped)
    }
    guard !clips.isEmpty else {
      throw UsageError.missingOperand(
        command: description.name, expected: "videos, or --data-dir or --testset")
    }
    for clip in clips where !clip.name.isPathComponent {
      throw Failure(
        clip.name, "is not the name of a file, so its predictions would leave the output folder",
        do: "rename the clip", exitCode: .nothingDone)
    }
    var names: Set<String> = []
    for clip in clips where !names.insert(clip.name).inserted {
      throw Failure(
        clip.name, "two inputs have this name, their files would be the same",
        do: "rename one", exitCode: .usage)
    }
    return clips
  }

  /// Whoever names a folder of videos means those.
  private static func folders(in directory: String, isCropped: Bool) throws -> [Clip] {
    let clips = try Clip.folders(in: directory)
    if clips.contains(where: { ($0.frameCount ?? 0) > 0 }) { return clips }
    if filesBelow(directory).contains(where: Clip.isVideo) {
      printError(
        "emenet: \(directory): holds videos, not folders of crops; they are taken as by --video")
      return try Clip.videos(at: directory, isCropped: isCropped)
    }
    guard !clips.isEmpty else {
      throw Failure(
        directory, "holds no folders of crops", do: "name a folder that holds one for each video",
        exitCode: .nothingDone)
    }
    return clips
  }

  /// nil for a network that does not hear.
  private static func sound(
    _ arguments: Arguments, for clips: [Clip], _ store: CheckpointStore
  ) throws -> PredictionSound? {
    let sound = PredictionSound(
      path: arguments.string("audio"),
      takesReferenceWindows: arguments.has(Option.referenceWindows.name),
      debug: arguments.string(Option.audioDebug.name), force: arguments.has(Option.force.name))
    guard store.members[0].kind == .audiovisual else {
      for option in ["audio", Option.referenceWindows.name, Option.audioDebug.name]
      where arguments.has(option) {
        printError("emenet: --\(option): of no use here: EMENet-V does not hear")
      }
      return nil
    }
    if let path = sound.path, !TextFile.exists(path) {
      throw MediaFileError.unreadable(path: path, errno: errno)
    }
    if let debug = sound.debug { try OutputFile.validate(debug, force: sound.force) }
    // One file is for one clip.
    let isFile = sound.path.map { folderEntries($0) == nil } ?? false
    if clips.count > 1, isFile || sound.debug != nil {
      throw UsageError.oneInput(
        option: isFile ? "audio" : Option.audioDebug.name, inputs: clips.count)
    }
    return sound
  }

  /// A folder without the settings of an earlier run is not ours: what it has stays.
  private static func refuseForeignFiles(
    of clips: [Clip], members: Int, in directory: String
  ) throws {
    guard !TextFile.exists(directory + "/settings.txt") else { return }
    for clip in clips {
      let files = PredictionFiles.paths(of: clip.name, members: members, in: directory)
      if let path = files.first(where: TextFile.exists) { throw OutputError.exists(path: path) }
    }
  }

  /// A run goes on only with the weights, the state, the prior and the sound it began with: its
  /// files would not fit together otherwise.
  private static func checkSettings(
    _ store: CheckpointStore, _ temporal: Checkpoint.Temporal, _ prior: ExpressionPrior?,
    _ sound: PredictionSound?, in directory: String, force: Bool
  ) throws {
    let path = directory + "/settings.txt"
    let settings =
      ["state: \(temporal.rawValue)"]
      + store.members.map {
        "member: \(Clip.stem($0.path)) \(String($0.fingerprint, radix: 16))"
      }
      + (prior.map { ["prior: " + $0.frequencies.map { "\($0)" }.joined(separator: " ")] } ?? [])
      + (sound?.settings ?? [])
    if !force, TextFile.exists(path), try TextFile.lines(of: path) != settings {
      throw Failure(
        directory,
        "holds predictions of other checkpoints, another --state or --prior, or other sound",
        do: "choose another --output-dir, or --force to replace them", exitCode: .outputNotWritable)
    }
    try TextFile.write(settings.joined(separator: "\n") + "\n", to: path, force: force)
  }
}

/// Clips for several workers, each taken once, with its place.
private actor ClipQueue {
  private var rest: EnumeratedSequence<[Clip]>.Iterator

  init(_ clips: [Clip]) {
    rest = clips.enumerated().makeIterator()
  }

  func next() -> (offset: Int, element: Clip)? { rest.next() }
}

extension Clip.Source {
  fileprivate var path: String {
    switch self {
    case .folder(let path), .video(let path, _): path
    }
  }
}
