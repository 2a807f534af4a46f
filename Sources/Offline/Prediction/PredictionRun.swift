import Glibc
import Inference
import Reading
import Runtime

/// Predicts clips into a folder, several at a time. An interrupted run continues where it stopped.
package struct PredictionRun {
  private let clips: [Clip]
  private let folder: PredictionFolder
  private let store: CheckpointStore
  private let temporal: Checkpoint.Temporal
  private let prior: ExpressionPrior?
  private let precision: Precision
  private let sound: PredictionSound?
  private let framesPerSecond: Double
  private let cores: Int
  private let words: @Sendable (any Error) -> String

  /// - Parameters:
  ///   - sound: nil for a network that does not hear
  ///   - framesPerSecond: of folders of crops, which have no clock
  ///   - words: the line that reports an error to the user
  package init(
    _ clips: [Clip], to folder: PredictionFolder, _ store: CheckpointStore,
    temporal: Checkpoint.Temporal, prior: ExpressionPrior?,
    precision: Precision = .f32, sound: PredictionSound?, framesPerSecond: Double, cores: Int,
    words: @escaping @Sendable (any Error) -> String
  ) throws {
    self.clips = clips
    self.folder = folder
    self.store = store
    self.temporal = temporal
    self.prior = prior
    self.precision = precision
    self.sound = sound
    self.framesPerSecond = framesPerSecond
    self.cores = cores
    self.words = words
    try folder.prepare(
      for: clips, members: store.members.count,
      settings: ["state: \(temporal.rawValue)"]
        + store.members.map {
          "member: \($0.path.fileStem) \(String($0.fingerprint, radix: 16))"
        }
        + (prior.map { ["prior: " + $0.frequencies.map { "\($0)" }.joined(separator: " ")] } ?? [])
        + (precision == .f32 ? [] : ["precision: \(precision.rawValue)"])
        + (sound?.settings ?? []))
  }

  /// - Parameter record: takes the merged reading of every frame of every clip, one clip after
  ///   another; nil allows clips to be predicted in parallel
  package nonisolated(nonsending) func run(
    record: ((FrameReading, Clip) throws -> Void)?
  ) async throws -> ExitCode {
    // Records contain all clips, in order. Otherwise the longest clip goes first, so that the cores
    // finish together.
    let todo =
      record != nil
      ? folder.force ? folder.todo(of: clips) : clips
      : folder.todo(of: clips).sorted {
        ($0.frameCount ?? .max, $1.name) > ($1.frameCount ?? .max, $0.name)
      }
    guard !todo.isEmpty else { return .done }
    let progress = PredictionProgress(todo)
    exitOnSignal(progress)
    let landmarks = todo.contains { $0.hasFacesToFind } ? store.landmarks() : nil
    let workers = record == nil ? max(1, min(cores, todo.count)) : 1
    let predictors = try (0..<workers).map { _ in
      try predictor(threads: max(1, cores / workers), landmarks, progress)
    }
    // A failing output ends the run, because it would fail for every clip.
    let fault = Locked<OutputError?>(nil)
    var outcomes: [Outcome] = []
    if let record {
      for (index, clip) in todo.enumerated() {
        outcomes.append(
          await predict(clip, index, predictors[0], progress, fault) { try record($0, clip) })
      }
    } else {
      let queue = ClipQueue(todo)
      outcomes = await withTaskGroup(of: [Outcome].self) { group in
        for predictor in predictors {
          group.addTask {
            var outcomes: [Outcome] = []
            while let (index, clip) = await queue.next() {
              outcomes.append(await predict(clip, index, predictor, progress, fault) { _ in })
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

  private func predictor(
    threads: Int, _ landmarks: Checkpoint?, _ progress: PredictionProgress
  ) throws -> Predictor {
    let ensemble = try Ensemble(
      members: store.members, landmarks: landmarks, temporal: temporal, prior: prior,
      threads: threads, precision: precision)
    return Predictor(
      EmotionPipeline(ensemble, of: .alignedCrop), sound: sound, framesPerSecond: framesPerSecond,
      say: { progress.say($0) })
  }

  /// Files appear whole or not at all, so nothing needs cleaning up first.
  private func exitOnSignal(_ progress: PredictionProgress) {
    Signals.deliver { [path = folder.path] number in
      switch number {
      case SIGTSTP: kill(getpid(), SIGSTOP)
      case SIGINT, SIGTERM, SIGHUP:
        progress.end()
        printError("emenet: \(path): not finished; the same command goes on")
        _exit(ExitCode.interrupted.rawValue)
      default: break
      }
    }
  }

  /// The outcome of a clip; any problem has been reported.
  private enum Outcome {
    case done
    /// Some of its frames are damaged.
    case partlyDone
    case failed
  }

  private nonisolated(nonsending) func predict(
    _ clip: Clip, _ index: Int, _ predictor: Predictor, _ progress: PredictionProgress,
    _ fault: Locked<OutputError?>, record: (FrameReading) throws -> Void
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
      try files.write(clip.name, to: folder.path, force: folder.force)
      if damaged == 0 { return .done }
      progress.say(
        "emenet: \(clip.name): \(damaged) of \(counted(files.frameCount, "frame")) damaged or cut "
          + "off; their lines repeat the frame before and are marked in merged/uncertainty")
      return .partlyDone
    } catch let error as OutputError {
      fault.withLock { $0 = $0 ?? error }
      return .failed
    } catch {
      progress.say(words(error))
      return .failed
    }
  }
}

/// Hands out clips to several workers, each clip once and with its index.
private actor ClipQueue {
  private var rest: EnumeratedSequence<[Clip]>.Iterator

  init(_ clips: [Clip]) {
    rest = clips.enumerated().makeIterator()
  }

  func next() -> (offset: Int, element: Clip)? { rest.next() }
}
