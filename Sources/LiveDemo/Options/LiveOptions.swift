import Capture
import Glibc
import Inference
import Options
import Publishing
import Reading
import Records
import Runtime
import Screen
import Words

/// The options of `emenet live`.
struct LiveOptions: CommandOptions, HasEnsemble {
  var arguments = Arguments()
  var devices: [String] = []
  /// Files in a row, or one network camera without its credentials.
  var inputs: [String] = []
  /// The network camera in `inputs`.
  private(set) var stream: StreamAddress?
  var realtime = false
  var loop = false
  var size: PictureSize?
  var framesPerSecond: Double?
  var pixelFormat: FourCC?
  var strict = false
  var saveFile: String?
  var saveFolder: String?
  var json: String?
  var csv: String?
  var publish: [Destination] = []
  var markers: MarkerInput.Address?
  var noUI = false
  var frames: Int?
  var seconds: Double?
  var state: Checkpoint.Temporal?
  var maxFaces = 4
  var reconnectSeconds = 30.0
  var audio: String?
  var lookaheadMilliseconds = 0.0
  var referenceWindows = false
  var audioDebug: String?
  var smoothing = 0.3
  var preview: PreviewMode?
  var neutral: String?
  var ensemble = EnsembleOptions()
  var force = false

  static let name = "live"
  static let summary = "Watches a camera, or a video file in its place, in the terminal; q quits."
  static let operands = "[VIDEO]"
  static let isDefault = true
  static let options: [Option<Self>] = [
    Option(
      "device", .text("D"), "/dev/videoN, N, a by-id name or part of a camera's name", \.devices,
      default: "the first camera"),
    Option(
      "input", .text("FILE|URL|-"),
      "a video file in place of a camera, or several in a row; rtsp:// or http:// of a network "
        + "camera; a FIFO, or '-' for standard input, is played as it comes", \.inputs),
    Option(
      "realtime", "pace --input by its timestamps; otherwise every frame is processed",
      \.realtime),
    Option("loop", "start --input again when it ends", \.loop),
    Option("size", .size, "picture size to ask the camera for", \.size),
    Option(
      "fps", .number("N", in: 0.1...1000), "frames a second to ask the camera for",
      \.framesPerSecond),
    Option(
      "input-format", .pixelFormat, "pixel format to ask for; other FourCCs too", \.pixelFormat),
    Option(
      "strict", "end when the camera gives another size, rate or format than asked", \.strict),
    Option("save-file", .file, "record the annotated video (.avi, .mkv, .mp4)", \.saveFile),
    Option(
      "save-dir", .folder,
      "make this folder and keep the run in it: video, records, report, settings", \.saveFolder),
    Option("json", .file, "one JSON record a frame; '-' is stdout, without the screen", \.json),
    Option("csv", .file, "the same as CSV, one row a face", \.csv),
    Option(
      "publish", .destination,
      "send each frame's readings to \(Destination.forms); may be repeated", \.publish),
    Option(
      "markers", .markers,
      "set a marker for each line that arrives in a named pipe, which is made, or at "
        + "udp://HOST:PORT", \.markers),
    Option("no-ui", "no screen: one status line a second on stderr", \.noUI),
    Option("frames", .integer(in: 1...Int.max), "stop after N frames", \.frames),
    Option(
      "duration", .number("S", in: 0.001...Double.infinity), "stop after S seconds", \.seconds),
    .state(\.state),
    Option(
      "max-faces", .integer(in: 1...32), "track at most N faces; the largest leads", \.maxFaces),
    Option(
      "reconnect", .number("S", in: 0...Double.infinity),
      "wait S seconds for a lost camera, 0 = give up", \.reconnectSeconds),
    Option(
      "audio", .text("DEVICE|none"),
      "microphone, as 'emenet devices' lists it; with --input a sound file in place of its track "
        + "(default, for EMENet-VA: 'default', the first microphone or the file's own track)",
      \.audio),
    Option(
      "audio-lookahead", .number("MS", in: 0...315),
      "hold each frame back for the sound that follows it, 0 to 315; 0 hears the sound so far",
      \.lookaheadMilliseconds),
    .referenceWindows(\.referenceWindows), .audioDebug(\.audioDebug),
    Option(
      "smoothing", .number("X", in: 0...10), "of the screen only, s; 0 = none", \.smoothing),
    Option(
      "preview", .word,
      "picture on the screen: pixels by the protocol of sixel or Kitty, symbols, or none",
      \.preview,
      default: "auto"),
    Option(
      "neutral", .file,
      "the resting face of the person who leads, saved with the c key and used again", \.neutral),
    .prior, .checkpoint, .members, .threads, .precision(default: .auto), .force(\.force),
  ]

  static let exclusive: [Set<String>] = [
    ["input", "device"], ["input", "audio-lookahead"], ["device", "realtime"], ["device", "loop"],
    ["save-dir", "save-file"], ["save-dir", "json"],
  ]
  static let operandOption: String? = "input"

  /// Options that only apply to a camera.
  static let ofCameras = ["size", "fps", "input-format", "strict", "reconnect"]

  mutating func validate() throws {
    try takeInputs()
    for option in ["realtime", "loop", "reference-windows"]
    where isLive && arguments.has(option) {
      throw InputError.onlyWithInput(option: option)
    }
    if input != nil, device != nil { throw UsageError.conflict("input", with: "device") }
    if input != nil, lookaheadMilliseconds > 0 {
      throw UsageError.conflict("audio-lookahead", with: "input")
    }
    if let saveFolder {
      for option in ["save-file", "json"] where arguments.has(option) {
        throw UsageError.conflict("save-dir", with: option)
      }
      let session = SessionFolder(path: saveFolder)
      (saveFile, json) = (session.video, session.records)
    }
    let outputs = [("json", json), ("csv", csv), ("save-file", saveFile)]
    for (index, one) in outputs.enumerated() {
      for other in outputs[..<index] {
        if let path = one.1, path == other.1 {
          throw UsageError.conflict("\(other.0) \(path)", with: "\(one.0) \(path)")
        }
      }
    }
    for (index, one) in publish.enumerated() where publish[..<index].contains(one) {
      throw UsageError.conflict("publish \(one.url)", with: "publish \(one.url)")
    }
  }

  private mutating func takeInputs() throws {
    if devices.count > 1 { throw InputError.severalCameras(devices) }
    if let device, device.contains("://") { throw InputError.addressAsDevice }
    for name in arguments.operands {
      let nature = FileNature(name)
      guard [.absent, .other].contains(nature) else { throw InputError.notAVideo(name, nature) }
    }
    inputs += arguments.operands
    for name in inputs where name.contains("://") && FileNature(name) == .other {
      guard let address = StreamAddress(name) else { throw InputError.unknownAddress(name) }
      stream = address
    }
    if inputs.count > 1, let other = inputs.first(where: { !Self.canFollow($0) }) {
      throw InputError.aloneInRow(other.withoutCredentials)
    }
    guard let stream else { return }
    // From here on nothing can show or record its password.
    inputs = [stream.description]
    if arguments.values["input"] != nil { arguments.values["input"] = inputs }
    arguments.operands = arguments.operands.isEmpty ? [] : inputs
  }

  /// Whether a row may hold it: what comes over a pipe or a network has no end that is known.
  private static func canFollow(_ name: String) -> Bool {
    var status = stat()
    return name != "-" && StreamAddress(name) == nil
      && !(stat(name, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  var device: String? { devices.first }
  var input: String? { inputs.first }
  /// Whether frames come from a camera: in real time, with a time of day.
  var isLive: Bool { inputs.isEmpty || stream != nil }
  /// What a record describes.
  var subject: RecordSubject {
    isLive ? .cameraFrame : inputs.count > 1 ? .videos(inputs) : .frame
  }

  var hasScreen: Bool { !noUI && json != "-" && csv != "-" }

  var camera: CameraOptions {
    CameraOptions(
      device: device, width: size?.width, height: size?.height, framesPerSecond: framesPerSecond,
      pixelFormat: pixelFormat, strict: strict, reconnectSeconds: reconnectSeconds)
  }

  var sound: SessionSound.Request {
    SessionSound.Request(
      // Sound that goes with a network camera, or with several files, is not read.
      audio: audio ?? (stream != nil || inputs.count > 1 ? "none" : nil),
      video: stream == nil ? input : nil, takesReferenceWindows: referenceWindows,
      lookaheadMilliseconds: lookaheadMilliseconds, isNeeded: audioDebug != nil)
  }
}
