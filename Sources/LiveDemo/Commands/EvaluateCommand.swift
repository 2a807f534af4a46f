import Inference

enum EvaluateCommand: Command {
  static let description = CommandDescription(
    name: "evaluate", summary: "Scores predictions against labels, or the network on crops.",
    options: [
      Option("predictions", value: "DIR", "what 'emenet predict' wrote, or its merged folder"),
      Option("labels", value: "DIR", "folders AU, EXPR and VA in the same format"),
      Option("crops", value: "FILE", "CSV: path,expression[,valence,arousal][,vote_Neutral,…]"),
      Option("json", value: "FILE", "the scores as JSON; - is stdout"),
      Option("plot", value: "FILE", "a reliability diagram, .svg, .pdf or .png"),
      .checkpoint, .members, .threads, .force,
    ])

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    let force = arguments.has(Option.force.name)
    if let plot = arguments.string("plot") { try OutputFile.validate(plot, force: force) }
    let json = try arguments.string("json").map { try OutputFile(path: $0, force: force) }
    var samples: EvaluationSamples
    if let crops = arguments.string("crops") {
      let store = try CheckpointStore(
        paths: arguments.strings("checkpoint"),
        members: arguments.integer("members", in: 1...(.max)))
      let ensemble = try Ensemble(
        members: store.members, temporal: .reset,
        threads: arguments.integer("threads", in: 1...1024))
      if ensemble.kind == .audiovisual { printError("emenet: sound: silence, for a crop has none") }
      samples = try await EvaluationSamples(crops: crops, Predictor(ensemble: ensemble))
    } else if let predictions = arguments.string("predictions"),
      let labels = arguments.string("labels")
    {
      samples = try EvaluationSamples(predictions: predictions, labels: labels)
    } else {
      throw UsageError.missingOperand(
        command: description.name, expected: "--predictions with --labels, or --crops")
    }
    for problem in samples.problems { printError("emenet: " + problem) }
    guard samples.count > 0 else {
      throw Failure("evaluate", "no frame has a label and a prediction", exitCode: .nothingDone)
    }
    let scores = Scores(samples)
    if let json { try json.write(Array((scores.json + "\n").utf8)) }
    if arguments.string("json") != "-" { print(scores.table, terminator: "") }
    if let plot = arguments.string("plot") {
      guard let bins = scores.reliability else {
        throw Failure(
          plot, "the predictions have no probabilities to draw",
          do: "evaluate what 'emenet predict' wrote", exitCode: .nothingDone)
      }
      try ReliabilityPlot(bins: bins).write(to: plot)
    }
    return samples.problems.isEmpty ? .done : .someInputsFailed
  }
}
