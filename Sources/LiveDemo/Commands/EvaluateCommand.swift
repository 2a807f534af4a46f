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
      Option("predictions", value: "DIR", "what 'emenet predict' wrote, or its merged folder"),
      Option(
        "labels", value: "DIR", "folders AU, EXPR and VA in the same format, at any depth in them"),
      Option(
        "video", value: "PATH",
        "a video, or a folder of videos, to predict first, as 'emenet predict' does, into "
          + "--predictions (default: ensemble_preds); may be repeated"),
      Option("crops", value: "FILE", "CSV: path,expression[,valence,arousal][,vote_Neutral,…]"),
      Option("json", value: "FILE", "the scores as JSON; - is stdout"),
      Option("plot", value: "FILE", "a reliability diagram, .svg, .pdf or .png"),
      .checkpoint, .members, .threads, .force,
    ])

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    if let word = arguments.operands.first {
      throw UsageError.unwantedOperand(word, command: description.name)
    }
    let force = arguments.has(Option.force.name)
    try InputFiles(
      ["crops", "predictions", "labels"].compactMap(arguments.string)
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
    var samples: EvaluationSamples
    var predicted = ExitCode.done
    if let crops = arguments.string("crops") {
      for other in ["predictions", "labels", "video"] where arguments.has(other) {
        throw UsageError.conflict("crops", with: other)
      }
      let store = try CheckpointStore(
        paths: arguments.strings("checkpoint"),
        members: arguments.integer("members", in: 1...(.max)))
      let ensemble = try Ensemble(
        members: store.members, temporal: .reset,
        threads: arguments.integer("threads", in: 1...1024))
      let kind = ensemble.kind
      let pipeline = EmotionPipeline(ensemble, of: .alignedCrop)
      if kind == .audiovisual { printError("emenet: sound: silence, for a crop has none") }
      samples = try await EvaluationSamples(crops: crops, pipeline) { Failure($0).why }
    } else if let labels = arguments.string("labels"),
      let predictions = arguments.string("predictions")
        ?? (arguments.has("video") ? "ensemble_preds" : nil)
    {
      if arguments.has("video") { predicted = try await predict(arguments, to: predictions) }
      samples = try EvaluationSamples(predictions: predictions, labels: labels)
    } else {
      throw UsageError.missingOperand(
        command: description.name, expected: "--labels with --predictions or --video, or --crops")
    }
    for problem in samples.problems { printError("emenet: " + problem) }
    guard samples.count > 0 else {
      throw Failure(
        "evaluate", "no frame has a label and a prediction",
        do: "name files alike in both folders", exitCode: .nothingDone)
    }
    let scores = Scores(samples)
    if let json { try json.write(Array((scores.json.text + "\n").utf8)) }
    if arguments.string("json") != "-" { try StandardOutput.write(scores.table) }
    if let plot {
      guard !scores.reliability.isEmpty else {
        throw Failure(
          plot.path, "the predictions have no probabilities to draw",
          do: "evaluate what 'emenet predict' wrote", exitCode: .nothingDone)
      }
      try ReliabilityPlot(tasks: scores.reliability).write(
        plot.format, to: OutputFile(path: plot.path, force: force))
    }
    return samples.problems.isEmpty && predicted == .done ? .done : .someInputsFailed
  }

  /// The files of `emenet predict`; those that are there already are kept, as there.
  private static func predict(_ arguments: Arguments, to directory: String) async throws -> ExitCode
  {
    var prediction = Arguments(values: ["output-dir": [directory]])
    for option in ["video", "checkpoint", "members", "threads"] where arguments.has(option) {
      prediction.values[option] = arguments.strings(option)
    }
    return try await PredictCommand.run(prediction)
  }
}
