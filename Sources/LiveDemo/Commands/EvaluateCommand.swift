import Inference
import Offline
import Options
import Reading
import Runtime
import Theme
import Words

struct EvaluateCommand: Command, HasEnsemble {
  var arguments = Arguments()
  var predictions: [String] = []
  var labels: [String] = []
  var videos: [String] = []
  var crops: [String] = []
  var json: String?
  var plot: PictureOutput?
  var ensemble = EnsembleOptions()
  var force = false

  static let name = "evaluate"
  static let summary = "Scores predictions against labels, or the network on videos or crops."
  static let options: [Option<Self>] = [
    Option(
      "predictions", .folder,
      "what 'emenet predict' wrote, or its merged folder; may be repeated, with --labels",
      \.predictions),
    Option(
      "labels", .folder, "folders AU, EXPR and VA in the same format, at any depth in them",
      \.labels),
    Option(
      "video", .text("PATH"),
      "a video, or a folder of videos, to predict first, as 'emenet predict' does, into "
        + "--predictions (default: ensemble_preds); may be repeated", \.videos),
    Option(
      "crops", .file,
      "CSV: path,expression[,valence,arousal][,vote_Neutral,…]; may be repeated: several sets "
        + "are shown side by side", \.crops),
    Option("json", .file, "the scores as JSON; '-' is stdout", \.json),
    Option("plot", .picture, "reliability diagrams and coverage, .svg, .pdf or .png", \.plot),
    .prior, .checkpoint, .members, .threads, .precision(default: .f32), .force(\.force),
  ]

  mutating func validate() throws {
    if predictions.isEmpty, !videos.isEmpty { predictions = ["ensemble_preds"] }
    if !crops.isEmpty {
      for other in ["predictions", "labels", "video"] where arguments.has(other) {
        throw UsageError.conflict("crops", with: other)
      }
    } else if labels.isEmpty || labels.count != predictions.count {
      throw UsageError.missingOperand(
        command: Self.name, expected: "--labels with --predictions or --video, or --crops")
    } else if !videos.isEmpty, labels.count > 1 {
      throw UsageError.conflict("video", with: "labels for several sets")
    }
  }

  func run() async throws -> ExitCode {
    try InputFiles(crops + predictions + labels + ensemble.checkpoints)
      .refuse(asOutputs: [json, plot?.path])
    if let plot { try OutputFile.validate(plot.path, force: force) }
    let scoresFile = try json.map { try OutputFile(path: $0, force: force) }
    var sets: [(name: String, samples: EvaluationSamples)] = []
    var predicted = ExitCode.done
    if !crops.isEmpty {
      let store = try CheckpointStore(ensemble)
      let networks = try Ensemble(
        members: store.members, temporal: .reset, prior: store.prior(ensemble.prior),
        threads: ensemble.threads, precision: ensemble.precision(default: .f32))
      if networks.kind == .audiovisual { printError("emenet: sound: silence, for a crop has none") }
      let pipeline = EmotionPipeline(networks, of: .alignedCrop)
      for (file, name) in zip(crops, ScoresOfSets.names(of: crops)) {
        sets.append(
          (name, try await EvaluationSamples(crops: file, pipeline) { Failure($0).why }))
      }
    } else {
      if !videos.isEmpty { predicted = try await predictVideos() }
      for ((found, actual), name) in zip(
        zip(predictions, labels), ScoresOfSets.names(of: predictions))
      {
        sets.append((name, try EvaluationSamples(predictions: found, labels: actual)))
      }
    }
    for problem in sets.flatMap(\.samples.problems) { printError("emenet: " + problem) }
    let scores = try ScoresOfSets(samples: sets)
    if let scoresFile { try scoresFile.write(Array((scores.json.text + "\n").utf8)) }
    if json != "-" { try StandardOutput.write(scores.table) }
    if let plot {
      try ReliabilityPlot(scores).write(
        plot.format, to: OutputFile(path: plot.path, force: force))
    }
    let isComplete = predicted == .done && sets.allSatisfy(\.samples.problems.isEmpty)
    return isComplete ? .done : .someInputsFailed
  }

  /// Writes the same files as `emenet predict`; existing files are kept.
  private func predictVideos() async throws -> ExitCode {
    var command = PredictCommand()
    command.videos = videos
    command.outputFolder = predictions[0]
    command.ensemble = ensemble
    return try await command.run()
  }
}
