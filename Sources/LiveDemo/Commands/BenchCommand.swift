import Glibc
import Inference
import Offline
import Options
import Reading
import Recording
import Runtime

/// Timings of each stage on this machine.
struct BenchCommand: Command, HasEnsemble {
  enum Stage: String, CaseIterable, Sendable, OptionProperty {
    case network, detect, crop, decode, draw, encode, loop, all
  }

  var arguments = Arguments()
  var stage = Stage.all
  var runs = 200
  var json: String?
  var input: String?
  var kernels: String?
  var ensemble = EnsembleOptions()
  var force = false

  static let name = "bench"
  static let summary = "Measures how long each stage takes on this machine."
  static let options: [Option<Self>] = [
    Option("stage", .word, "what to measure", \.stage),
    Option("runs", .integer(in: 1...100_000), "repetitions of each measurement", \.runs),
    Option("json", .file, "the figures as JSON; '-' is stdout, without the table", \.json),
    Option(
      "input", .file, "pictures for the other stages", \.input, default: "the bundled sample"),
    .checkpoint,
    Option(
      "members", .integer(in: 1...64),
      "members of the ensemble; beyond those that are there, the same ones again",
      \.ensemble.members),
    .threads, .precision(default: .auto),
    Option(
      "kernels", .text("SET"),
      "the networks' kernels, as the first line names them, to measure what other processors use",
      \.kernels, default: "the fastest"),
    .force(\.force),
  ]

  func run() async throws -> ExitCode {
    let threads = ensemble.threads
    let kernels = try kernelSet()
    let precision = try ensemble.precision(default: .auto, on: kernels)
    let trained = try CheckpointStore(paths: ensemble.checkpoints, members: nil).members
    let count = ensemble.members ?? trained.count
    let members = (0..<count).map { trained[$0 % trained.count] }
    let output = try json.map { try OutputFile(path: $0, force: force) }

    var figures: [(String, JSON)] = []
    if stage == .network || stage == .all {
      let network = try NetworkBenchmark(
        members: members, threads: threads, runs: runs, kernels: kernels, precision: precision)
      figures += network.machineJSON + [("network", network.json)]
      if output?.path != "-" { try StandardOutput.writeLine(network.table) }
    }
    // "detect" selects both sizes.
    let others = PipelineBenchmark.Stage.allCases.filter {
      stage == .all || $0.rawValue.hasPrefix(stage.rawValue)
    }
    if !others.isEmpty {
      let input = try self.input ?? bundled("samples/astronaut.mp4")
      let pipeline = try await PipelineBenchmark(
        input: input,
        ensemble: Ensemble(
          members: members, temporal: .reset, threads: threads, kernels: kernels,
          precision: precision), detector: bundledDetector(precision, kernels: kernels),
        runs: runs, sinks: .recording)
      for other in others {
        let times = try await pipeline.measure(other)
        figures.append((other.rawValue, times.json))
        if output?.path != "-" {
          try StandardOutput.writeLine(
            "\(other.rawValue.padded(to: 8)) median \(Self.hundredths(times.median)) ms, "
              + "min \(Self.hundredths(times.minimum)), p95 \(Self.hundredths(times.percentile95))")
        }
      }
    }
    try output?.write(Array((JSON.object(figures).text + "\n").utf8))
    return .done
  }

  private func kernelSet() throws -> KernelSet {
    guard let kernels else { return .fastest }
    let sets = KernelSet.available
    guard let set = sets.first(where: { $0.name.lowercased() == kernels.lowercased() }) else {
      throw UsageError.badValue(
        option: "kernels", value: kernels, expected: sets.map(\.name).joined(separator: " or "))
    }
    return set
  }

  private static func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}

extension PipelineBenchmark.Sinks {
  fileprivate static var recording: Self {
    let annotator = Locked<Annotator?>(nil)
    return Self { reading in
      annotator.withLock { annotator in
        if annotator == nil {
          annotator = Annotator(frameWidth: reading.image.width, frameHeight: reading.image.height)
        }
        annotator!.draw(reading)
      }
    } recorder: { format in
      let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
      let path = "\(folder)/emenet-bench-\(getpid()).avi"
      return try VideoRecorder(
        path: path, framesPerSecond: format.framesPerSecond, force: true
      ) { _ in unlink(path) }
    }
  }
}
