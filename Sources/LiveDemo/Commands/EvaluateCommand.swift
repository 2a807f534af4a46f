import Inference
import Offline
import Reading
import Runtime
import Theme

enum EvaluateCommand: Command {
  static let description = CommandDescription(
    name: "evaluate",
    summary: "Scores predictions against labels, or the network on videos or crops.",
    options: [
      Option(
        "predictions", value: "DIR",
        "what 'emenet predict' wrote, or its merged folder; may be repeated, with --labels"),
      Option(
        "labels", value: "DIR", "folders AU, EXPR and VA in the same format, at any depth in them"),
      Option(
        "video", value: "PATH",
        "a video, or a folder of videos, to predict first, as 'emenet predict' does, into "
          + "--predictions (default: ensemble_preds); may be repeated"),
      Option(
        "crops", value: "FILE",
        "CSV: path,expression[,valence,arousal][,vote_Neutral,…]; may be repeated: several sets are "
          + "shown side by side"),
      Option("json", value: "FILE", "the scores as JSON; - is stdout"),
      Option("plot", value: "FILE", "reliability diagrams and coverage, .svg, .pdf or .png"),
      .prior, .checkpoint, .members, .threads, .force,
    ])

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    if let word = arguments.operands.first {
      throw UsageError.unwantedOperand(word, command: description.name)
    }
    let force = arguments.has(Option.force.name)
    try InputFiles(
      ["crops", "predictions", "labels"].flatMap(arguments.strings)
        + arguments.strings("checkpoint")
    ).refuse(asOutputs: [arguments.string("json"), arguments.string("plot")])
    let plot = try arguments.string("plot").map { path in
      guard let format = PictureFormat(path: path) else {
        throw UsageError.badValue(
          option: "plot", value: path, expected: "a .png, .svg or .pdf file")
      }
      try OutputFile.validate(path, force: force)
      return (path: path, format: format)
    }
    let json = try arguments.string("json").map { try OutputFile(path: $0, force: force) }
    var sets: [(name: String, samples: EvaluationSamples)] = []
    var predicted = ExitCode.done
    let labels = arguments.strings("labels")
    var predictions = arguments.strings("predictions")
    if predictions.isEmpty, arguments.has("video") { predictions = ["ensemble_preds"] }
    if arguments.has("crops") {
      for other in ["predictions", "labels", "video"] where arguments.has(other) {
        throw UsageError.conflict("crops", with: other)
      }
      let store = try CheckpointStore(
        paths: arguments.strings("checkpoint"),
        members: arguments.integer("members", in: 1...(.max)))
      let ensemble = try Ensemble(
        members: store.members, temporal: .reset, prior: store.prior(arguments),
        threads: arguments.integer("threads", in: 1...1024))
      let kind = ensemble.kind
      let pipeline = EmotionPipeline(ensemble, of: .alignedCrop)
      if kind == .audiovisual { printError("emenet: sound: silence, for a crop has none") }
      let files = arguments.strings("crops")
      for (file, name) in zip(files, names(of: files)) {
        sets.append(
          (name, try await EvaluationSamples(crops: file, pipeline) { Failure($0).why }))
      }
    } else if !labels.isEmpty, labels.count == predictions.count {
      if arguments.has("video") {
        guard labels.count == 1 else {
          throw UsageError.conflict("video", with: "labels for several sets")
        }
        predicted = try await predict(arguments, to: predictions[0])
      }
      for ((found, actual), name) in zip(zip(predictions, labels), names(of: predictions)) {
        sets.append((name, try EvaluationSamples(predictions: found, labels: actual)))
      }
    } else {
      throw UsageError.missingOperand(
        command: description.name, expected: "--labels with --predictions or --video, or --crops")
    }
    for problem in sets.flatMap(\.samples.problems) { printError("emenet: " + problem) }
    for set in sets where set.samples.count == 0 {
      throw Failure(
        sets.count > 1 ? set.name : "evaluate", "no frame has a label and a prediction",
        do: "name files alike in both folders", exitCode: .nothingDone)
    }
    let scores = ScoresOfSets(sets: sets.map { ($0.name, Scores($0.samples)) })
    if let json { try json.write(Array((scores.json.text + "\n").utf8)) }
    if arguments.string("json") != "-" { try StandardOutput.write(scores.table) }
    if let plot {
      let drawn = ReliabilityPlot(scores)
      guard !drawn.tasks.isEmpty else {
        throw Failure(
          plot.path, "the predictions have no probabilities to draw",
          do: "evaluate what 'emenet predict' wrote", exitCode: .nothingDone)
      }
      try drawn.write(plot.format, to: OutputFile(path: plot.path, force: force))
    }
    let isComplete = predicted == .done && sets.allSatisfy(\.samples.problems.isEmpty)
    return isComplete ? .done : .someInputsFailed
  }

  /// Short names that tell the sets apart: a file's own, or its folder's where that says more.
  private static func names(of paths: [String]) -> [String] {
    let short = paths.map { path in
      let parts = path.split(separator: "/").map(String.init)
      let last = parts.last.map(Clip.stem) ?? path
      return ["labels", "merged"].contains(last) && parts.count > 1 ? parts[parts.count - 2] : last
    }
    return Set(short).count == short.count ? short : paths
  }

  /// The files of `emenet predict`; those that are there already are kept, as there.
  private static func predict(_ arguments: Arguments, to directory: String) async throws -> ExitCode
  {
    var prediction = Arguments(values: ["output-dir": [directory]])
    for option in ["video", "checkpoint", "members", "threads", "prior"] where arguments.has(option)
    {
      prediction.values[option] = arguments.strings(option)
    }
    return try await PredictCommand.run(prediction)
  }
}
