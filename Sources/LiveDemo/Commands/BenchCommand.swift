import Glibc
import Inference

/// Times on this machine, stage by stage.
enum BenchCommand: Command {
  enum Stage: String, CaseIterable, Sendable {
    case network, all
  }

  static let description = CommandDescription(
    name: "bench", summary: "Measures how long each stage takes on this machine.",
    options: [
      Option("stage", value: "NAME", "network or all (default: all)"),
      Option("runs", value: "N", "repetitions of each measurement (default: 200)"),
      Option("json", value: "FILE", "the figures as JSON; '-' is stdout, without the table"),
      .checkpoint,
      Option(
        "members", value: "N",
        "members of the ensemble; beyond those that are there, the same ones again"),
      .threads, .force,
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
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

    var figures: [String] = []
    switch stage {
    case .network, .all:
      let network = try NetworkBenchmark(members: members, threads: threads, runs: runs)
      figures += network.machineJSON + ["\"network\":\(network.json)"]
      if output?.path != "-" { print(network.table) }
    }
    try output?.write(Array("{\(figures.joined(separator: ","))}\n".utf8))
    return .done
  }
}
