import Inference
import Offline
import Options
import Reading
import Records
import Runtime
import Theme
import Words

struct ImageCommand: Command, HasEnsemble {
  var arguments = Arguments()
  var output: PictureOutput?
  var json: String?
  var perMember = false
  var cropped = false
  var maxFaces = 1000
  var ensemble = EnsembleOptions()
  var force = false

  static let name = "image"
  static let summary = "Measures the faces of pictures: numbers on stdout, and a finished picture."
  static let operands = "FILE…"
  static let options: [Option<Self>] = [
    Option(
      "output", short: "o", .picture,
      "the picture with landmarks, bars and both uncertainties (.png, .svg, .pdf)", \.output),
    Option("json", .file, "one JSON record a picture; '-' is stdout, in place of text", \.json),
    Option("per-member", "add each member's own estimate to the records", \.perMember),
    Option("cropped", "the files are aligned face crops: no detection", \.cropped),
    Option(
      "max-faces", .integer(in: 1...1000), "measure at most N faces, the largest first",
      \.maxFaces, default: "all"),
    .prior, .checkpoint, .members, .threads, .precision(default: .f32), .force(\.force),
  ]

  func validate() throws {
    let count = arguments.operands.count
    guard count > 0 else {
      throw UsageError.missingOperand(command: Self.name, expected: "a picture")
    }
    if output != nil, count > 1 { throw InputError.oneInput(option: "output", inputs: count) }
  }

  func run() async throws -> ExitCode {
    let files = arguments.operands
    try InputFiles(files + ensemble.checkpoints).refuse(asOutputs: [output?.path, json])
    if let output { try OutputFile.validate(output.path, force: force) }
    let recordDescription = RecordDescription()
    let records = try json.map {
      try RecordWriter(
        path: $0, format: .json(perMember: perMember), force: force,
        description: recordDescription)
    }
    defer { records?.close() }
    let store = try CheckpointStore(ensemble)
    if records != nil {
      recordDescription.fill(
        RecordDescription.Contents(
          version: Version.current, command: Self.name, source: files,
          start: utcSeconds(), checkpoints: store.members.map(\.path), options: arguments.values))
    }
    // A picture is a sequence of one frame, so no state is carried over.
    let precision = try ensemble.precision(default: .f32)
    let networks = try Ensemble(
      members: store.members, landmarks: cropped ? nil : store.landmarks(),
      temporal: .reset, prior: store.prior(ensemble.prior), threads: ensemble.threads,
      precision: precision)
    if networks.kind == .audiovisual {
      printError("emenet: sound: silence, for a picture has none")
    }
    let scene: EmotionPipeline.Scene =
      cropped
      ? .alignedCrop : .faces(try bundledDetector(precision), maxFaces: maxFaces)
    let pipeline = EmotionPipeline(networks, of: scene)

    var done = 0
    for path in files {
      let reading: FrameReading
      do {
        reading = try await pipeline.read(picture: path, scene)
      } catch {
        printError(Failure(error).line)
        continue
      }
      try records?.write(reading, of: .picture(path))
      if json != "-" {
        try StandardOutput.write(PictureText.lines(reading, picture: path))
      }
      if let output {
        try EmotionPicture.write(
          reading, title: String(path.split(separator: "/").last ?? ""), format: output.format,
          to: OutputFile(path: output.path, force: force))
      }
      done += 1
    }
    return done == files.count ? .done : done > 0 ? .someInputsFailed : .nothingDone
  }
}
