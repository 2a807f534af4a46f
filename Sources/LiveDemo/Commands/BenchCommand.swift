import Glibc
import Inference
import Runtime
import Screen

/// Times on this machine, stage by stage.
enum BenchCommand: Command {
  enum Stage: String, CaseIterable, Sendable {
    case network, detect, crop, decode, draw, encode, loop, all
  }

  static let description = CommandDescription(
    name: "bench", summary: "Measures how long each stage takes on this machine.",
    options: [
      Option(
        "stage", value: Stage.allCases.map(\.rawValue).joined(separator: "|"),
        "what to measure (default: all)"),
      Option("runs", value: "N", "repetitions of each measurement (default: 200)"),
      Option("json", value: "FILE", "the figures as JSON; '-' is stdout, without the table"),
      Option("input", value: "FILE", "pictures for the other stages (default: the bundled sample)"),
      .checkpoint,
      Option(
        "members", value: "N",
        "members of the ensemble; beyond those that are there, the same ones again"),
      .threads, .force,
    ])

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    if let word = arguments.operands.first {
      throw UsageError.unwantedOperand(word, command: description.name)
    }
    let stage: Stage = try arguments.choice("stage") ?? .all
    let runs = try arguments.integer("runs", in: 1...100_000) ?? 200
    let threads = try arguments.integer("threads", in: 1...64)
    let trained = try CheckpointStore(paths: arguments.strings("checkpoint"), members: nil).members
    let count = try arguments.integer("members", in: 1...64) ?? trained.count
    let members = (0..<count).map { trained[$0 % trained.count] }
    let output = try arguments.string("json").map {
      try OutputFile(path: $0, force: arguments.has("force"))
    }

    var figures: [(String, JSON)] = []
    if stage == .network || stage == .all {
      let network = try NetworkBenchmark(members: members, threads: threads, runs: runs)
      figures += network.machineJSON + [("network", network.json)]
      if output?.path != "-" { try StandardOutput.writeLine(network.table) }
    }
    // "detect" stands for both sizes.
    let others = PipelineBenchmark.Stage.allCases.filter {
      stage == .all || $0.rawValue.hasPrefix(stage.rawValue)
    }
    if !others.isEmpty {
      let input = try arguments.string("input") ?? bundled("samples/astronaut.mp4")
      let pipeline = try await PipelineBenchmark(
        input: input,
        ensemble: Ensemble(members: members, temporal: .reset, threads: threads), runs: runs)
      for other in others {
        let times = try await pipeline.measure(other)
        figures.append((other.rawValue, times.json))
        if output?.path != "-" {
          try StandardOutput.writeLine(
            "\(other.rawValue.padded(to: 8)) median \(hundredths(times.median)) ms, "
              + "min \(hundredths(times.minimum)), p95 \(hundredths(times.percentile95))")
        }
      }
    }
    try output?.write(Array((JSON.object(figures).text + "\n").utf8))
    return .done
  }

  private static func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
