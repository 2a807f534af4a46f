import Capture
import Glibc
import Inference
import Offline
import Options
import Reading
import Records
import Runtime
import Words

struct PredictCommand: Command, HasEnsemble {
  var arguments = Arguments()
  var dataFolder: String?
  var videos: [String] = []
  var testset: String?
  var cropped = false
  var shard: Shard?
  var outputFolder = "ensemble_preds"
  var json: String?
  var framesPerSecond = 30.0
  var audio: String?
  var referenceWindows = false
  var audioDebug: String?
  var state: Checkpoint.Temporal?
  var ensemble = EnsembleOptions()
  var force = false

  static let name = "predict"
  static let summary = "Frame folders or videos to prediction files, a line a frame."
  static let operands = "[VIDEO|FOLDER…]"
  static let options: [Option<Self>] = [
    Option("data-dir", .folder, "one folder of aligned crops per video", \.dataFolder),
    Option("video", .text("PATH"), "a video, or a folder of videos; more may follow", \.videos),
    Option("testset", .text("MANIFEST"), "what 'emenet testset' wrote", \.testset),
    Option("cropped", "every frame of a video is already an aligned crop", \.cropped),
    Option(
      "shard", .shard, "only the K-th of N shares of the clips, for N processes that make one run",
      \.shard),
    Option("output-dir", .folder, "where the files go", \.outputFolder),
    Option("json", .file, "the records of the merged output as well; '-' is stdout", \.json),
    Option(
      "fps", .number("N", in: 1...1000), "frames a second of the folders", \.framesPerSecond),
    Option(
      "audio", .text("PATH"),
      "for EMENet-VA: a sound file, or a folder with one for each clip, NAME.*", \.audio,
      default: "the video's own track"),
    .referenceWindows(\.referenceWindows), .audioDebug(\.audioDebug), .state(\.state),
    .prior, .checkpoint, .members, .threads, .precision(default: .f32), .force(\.force),
  ]

  mutating func validate() { videos += arguments.operands }

  func run() async throws -> ExitCode {
    let all = try Clip.all(
      cropsIn: dataFolder, manifest: testset, videos: videos, isCropped: cropped)
    guard !all.isEmpty else {
      throw UsageError.missingOperand(
        command: Self.name, expected: "videos, or --data-dir or --testset")
    }
    try InputFiles([dataFolder, testset, audio].compactMap(\.self) + videos + ensemble.checkpoints)
      .refuse(asOutputs: [json, audioDebug])
    let clips = shard?.clips(of: all) ?? all
    if clips.isEmpty, let shard {
      printError(
        "emenet: --shard \(shard.number)/\(shard.count): nothing to do: "
          + "\(counted(all.count, "clip")) for \(counted(shard.count, "share"))")
    }
    let store = try CheckpointStore(ensemble)
    let temporal = state ?? store.temporal
    let prior = try store.prior(ensemble.prior)
    let description = RecordDescription()
    let records = try json.map {
      try RecordWriter(
        path: $0, format: .json(perMember: false), force: force, description: description)
    }
    defer { records?.close() }
    if records != nil {
      description.fill(
        RecordDescription.Contents(
          version: Version.current, command: Self.name, source: clips.map(\.path),
          start: utcSeconds(), checkpoints: store.members.map(\.path), options: arguments.values))
    }
    let run = try PredictionRun(
      clips, to: PredictionFolder(path: outputFolder, force: force), store, temporal: temporal,
      prior: prior, precision: ensemble.precision(default: .f32),
      sound: sound(for: all, store), framesPerSecond: framesPerSecond,
      cores: ensemble.threads ?? usableCores()
    ) { Failure($0).line }
    guard let records else { return try await run.run(record: nil) }
    var isRead = true
    return try await run.run { reading, clip in
      guard isRead else { return }
      do {
        try records.write(reading, of: .video(clip.name))
      } catch OutputError.closedPipe {
        // The reader of the records has gone, but the files are still wanted.
        isRead = false
      }
    }
  }

  /// nil for a network that does not hear.
  ///
  /// - Parameter clips: those of all shards
  private func sound(for clips: [Clip], _ store: CheckpointStore) throws -> PredictionSound? {
    let sound = PredictionSound(
      path: audio, takesReferenceWindows: referenceWindows, debug: audioDebug, force: force)
    guard store.members[0].kind == .audiovisual else {
      for option in ["audio", "reference-windows", "audio-debug"] where arguments.has(option) {
        printError("emenet: --\(option): ignored: EMENet-V does not use sound")
      }
      return nil
    }
    if let path = sound.path, !TextFile.exists(path) {
      throw MediaFileError.unreadable(path: path, errno: errno)
    }
    if let debug = sound.debug { try OutputFile.validate(debug, force: sound.force) }
    // A single file serves a single clip.
    let isFile = sound.path.map { folderEntries($0) == nil } ?? false
    if clips.count > 1, isFile || sound.debug != nil {
      throw InputError.oneInput(
        option: isFile ? "audio" : "audio-debug", inputs: clips.count)
    }
    return sound
  }
}
