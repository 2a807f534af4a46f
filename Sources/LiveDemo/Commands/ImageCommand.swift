import Capture
import FaceCrop
import Imaging
import Inference
import Offline
import Reading
import Records
import Runtime
import Screen
import Theme

enum ImageCommand: Command {
  static let description = CommandDescription(
    name: "image",
    summary: "Measures the faces of pictures: numbers on stdout, and a finished picture.",
    operands: "FILE…",
    options: [
      Option(
        "output", short: "o", value: "FILE",
        "the picture with landmarks, bars and both uncertainties (.png, .svg, .pdf)"),
      Option("json", value: "FILE", "one JSON record a picture; '-' is stdout, in place of text"),
      Option("per-member", "add each member's own estimate to the records"),
      Option("cropped", "the files are aligned face crops: no detection"),
      Option("max-faces", value: "N", "measure at most N faces, the largest first (default: all)"),
      .prior, .checkpoint, .members, .threads, .force,
    ])

  static func run(_ arguments: Arguments) async throws -> ExitCode {
    let options = try ImageOptions(arguments)
    try InputFiles(options.files + options.checkpoints)
      .refuse(asOutputs: [options.output?.path, options.json])
    if let output = options.output {
      try OutputFile.validate(output.path, force: options.force)
    }
    let recordDescription = RecordDescription()
    let records = try options.json.map {
      try RecordWriter(
        path: $0, format: .json(perMember: options.perMember), force: options.force,
        description: recordDescription)
    }
    defer { records?.close() }
    let store = try CheckpointStore(paths: options.checkpoints, members: options.members)
    if records != nil {
      recordDescription.fill(
        RecordDescription.Contents(
          version: Version.current, command: description.name, source: options.files,
          start: utcSeconds(), checkpoints: store.members.map(\.path), options: arguments.values))
    }
    // A picture has no frame before it: there is no state to carry.
    let ensemble = try Ensemble(
      members: store.members, landmarks: options.cropped ? nil : store.landmarks(),
      temporal: .reset, prior: store.prior(arguments), threads: options.threads)
    if ensemble.kind == .audiovisual {
      printError("emenet: sound: silence, for a picture has none")
    }
    let scene: EmotionPipeline.Scene =
      options.cropped
      ? .alignedCrop : .faces(try bundledDetector(), maxFaces: options.maxFaces)
    let pipeline = EmotionPipeline(ensemble, of: scene)

    var done = 0
    for path in options.files {
      var reading: FrameReading
      do {
        let start = monotonicNanoseconds()
        let picture = try PictureFile.read(path)
        // Nobody is followed from one picture to the next.
        await pipeline.begin(scene)
        reading = await pipeline.read(Frame(picture: picture, capturedAt: start))
        for index in reading.faces.indices { reading.faces[index].id = index + 1 }
      } catch {
        printError(Failure(error).line)
        continue
      }
      try records?.write(reading, of: .picture(path))
      if options.json != "-" {
        try StandardOutput.write(PictureText.lines(reading, picture: path))
      }
      if let output = options.output {
        try EmotionPicture.write(
          reading, title: String(path.split(separator: "/").last ?? ""), format: output.format,
          to: OutputFile(path: output.path, force: options.force))
      }
      done += 1
    }
    return done == options.files.count ? .done : done > 0 ? .someInputsFailed : .nothingDone
  }
}

/// The options of `emenet image`, checked.
struct ImageOptions: Sendable {
  var files: [String]
  var output: (path: String, format: PictureFormat)?
  var json: String?
  var perMember: Bool
  var cropped: Bool
  var maxFaces: Int
  var checkpoints: [String]
  var members: Int?
  var threads: Int?
  var force: Bool

  init(_ arguments: Arguments) throws(UsageError) {
    files = arguments.operands
    guard !files.isEmpty else {
      throw .missingOperand(command: ImageCommand.description.name, expected: "a picture")
    }
    if let path = arguments.string("output") {
      guard let format = PictureFormat(path: path) else {
        throw .badValue(option: "output", value: path, expected: "a .png, .svg or .pdf file")
      }
      if files.count > 1 {
        throw .oneInput(option: "output", inputs: files.count)
      }
      output = (path, format)
    }
    json = arguments.string("json")
    perMember = arguments.has("per-member")
    cropped = arguments.has("cropped")
    maxFaces = try arguments.integer("max-faces", in: 1...1000) ?? 1000
    checkpoints = arguments.strings("checkpoint")
    members = try arguments.integer("members", in: 1...64)
    threads = try arguments.integer("threads", in: 1...256)
    force = arguments.has("force")
  }
}
