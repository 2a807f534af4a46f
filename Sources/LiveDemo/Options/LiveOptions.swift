import Capture
import Inference
import Offline
import Publishing
import Screen

/// The options of `emenet live`, checked.
struct LiveOptions: Sendable {
  var device: String?
  var input: String?
  var realtime = false
  var loop = false
  var width: Int?
  var height: Int?
  var framesPerSecond: Double?
  var pixelFormat: FourCC?
  var strict = false
  var saveFile: String?
  var json: String?
  var csv: String?
  var publish: [Destination] = []
  var screen = true
  var frames: Int?
  var seconds: Double?
  var state: Checkpoint.Temporal?
  var maxFaces = 4
  var reconnectSeconds = 30.0
  var smoothing = 0.3
  var audio: String?
  var lookaheadMilliseconds = 0.0
  var referenceWindows = false
  var audioDebug: String?
  var force = false
  var checkpoints: [String] = []
  var members: Int?
  var threads: Int?
  /// What was given on the command line, by option.
  var given: [String: [String]] = [:]
  var prior: String?
  var neutral: String?
}

extension LiveOptions {
  static let command = "live"

  static let table: [Option] = [
    Option(
      "device", value: "D",
      "/dev/videoN, N, a by-id name or part of a camera's name (default: the first camera)"),
    Option(
      "input", value: "FILE|-",
      "a video file in place of a camera; a FIFO, or '-' for standard input, is played as it comes"),
    Option("realtime", "pace --input by its timestamps; otherwise every frame is processed"),
    Option("loop", "start --input again when it ends"),
    Option("size", value: "WxH", "picture size to ask the camera for"),
    Option("fps", value: "N", "frames a second to ask the camera for"),
    Option(
      "input-format", value: "mjpeg|yuyv|nv12|grey", "pixel format to ask for; other FourCCs too"),
    Option("strict", "end when the camera gives another size, rate or format than asked"),
    Option("save-file", value: "FILE", "record the annotated video (.avi, .mkv, .mp4)"),
    Option("json", value: "FILE", "one JSON record a frame; '-' is stdout, without the screen"),
    Option("csv", value: "FILE", "the same as CSV, one row a face"),
    Option(
      "publish", value: "URL",
      "send each frame's readings to \(Destination.forms); may be repeated"),
    Option("no-ui", "no screen: one status line a second on stderr"),
    Option("frames", value: "N", "stop after N frames"),
    Option("duration", value: "S", "stop after S seconds"),
    .state,
    Option("max-faces", value: "N", "follow at most N faces, the largest leads (default: 4)"),
    Option(
      "reconnect", value: "S", "wait S seconds for a lost camera, 0 = give up (default: 30)"),
    Option(
      "audio", value: "DEVICE|none",
      "microphone, as 'emenet devices' lists it; with --input a sound file in place of its track "
        + "(default, for EMENet-VA: 'default', the first microphone or the file's own track)"),
    Option(
      "audio-lookahead", value: "MS",
      "frames wait so long for the sound behind them, 0 to 315; 0 hears the sound so far (default)"),
    .referenceWindows, .audioDebug,
    Option("smoothing", value: "X", "of the screen only, s; 0 = none (default: 0.3)"),
    .prior,
    Option(
      "neutral", value: "FILE",
      "the resting face of the person who leads, kept with the c key and used again"),
    .checkpoint, .members, .threads, .force,
  ]

  var camera: CameraOptions {
    CameraOptions(
      device: device, width: width, height: height, framesPerSecond: framesPerSecond,
      pixelFormat: pixelFormat, strict: strict, reconnectSeconds: reconnectSeconds)
  }

  init(_ arguments: Arguments) throws(UsageError) {
    given = arguments.values
    device = arguments.string("device")
    input = arguments.string("input")
    if let input, !arguments.operands.isEmpty { throw .severalVideos([input] + arguments.operands) }
    if input == nil { input = try Self.video(arguments.operands) }
    realtime = arguments.has("realtime")
    loop = arguments.has("loop")
    for option in ["realtime", "loop", Option.referenceWindows.name]
    where input == nil && arguments.has(option) {
      throw .onlyWithInput(option: option)
    }
    if input != nil, device != nil { throw .conflict("input", with: "device") }
    if let size = arguments.string("size") {
      let sides = size.lowercased().split(separator: "x", omittingEmptySubsequences: false).map {
        Int($0)
      }
      guard sides.count == 2, let w = sides[0], let h = sides[1], (1...16384).contains(w),
        (1...16384).contains(h)
      else { throw .badValue(option: "size", value: size, expected: "a size such as 640x480") }
      (width, height) = (w, h)
    }
    framesPerSecond = try arguments.number("fps", in: 0.1...1000)
    if let name = arguments.string("input-format") {
      guard let code = FourCC(named: name) else {
        throw .badValue(
          option: "input-format", value: name, expected: "a format such as mjpeg or yuyv")
      }
      pixelFormat = code
    }
    strict = arguments.has("strict")
    saveFile = arguments.string("save-file")
    json = arguments.string("json")
    csv = arguments.string("csv")
    for (one, other) in [("json", "csv"), ("save-file", "json"), ("save-file", "csv")] {
      if let path = arguments.string(one), path == arguments.string(other) {
        throw .conflict("\(one) \(path)", with: "\(other) \(path)")
      }
    }
    publish = try Self.destinations(arguments)
    screen = !arguments.has("no-ui") && json != "-" && csv != "-"
    frames = try arguments.integer("frames", in: 1...Int.max)
    seconds = try arguments.number("duration", in: 0.001...Double.infinity)
    state = try arguments.choice("state")
    maxFaces = try arguments.integer("max-faces", in: 1...32) ?? maxFaces
    reconnectSeconds =
      try arguments.number("reconnect", in: 0...Double.infinity)
      ?? reconnectSeconds
    smoothing = try arguments.number("smoothing", in: 0...10) ?? smoothing
    audio = arguments.string("audio")
    lookaheadMilliseconds =
      try arguments.number("audio-lookahead", in: 0...315) ?? lookaheadMilliseconds
    referenceWindows = arguments.has(Option.referenceWindows.name)
    audioDebug = arguments.string(Option.audioDebug.name)
    if input != nil, lookaheadMilliseconds > 0 {
      throw .conflict("audio-lookahead", with: "input")
    }
    force = arguments.has("force")
    checkpoints = arguments.strings("checkpoint")
    members = try arguments.integer("members", in: 1...64)
    threads = try arguments.integer("threads", in: 1...256)
    prior = arguments.string(Option.prior.name)
    neutral = arguments.string("neutral")
  }

  private static func destinations(_ arguments: Arguments) throws(UsageError) -> [Destination] {
    var found: [Destination] = []
    for url in arguments.strings("publish") {
      guard let destination = Destination(url: url) else {
        throw .badValue(option: "publish", value: url, expected: Destination.forms)
      }
      guard !found.contains(destination) else {
        throw .conflict("publish \(url)", with: "publish \(url)")
      }
      found.append(destination)
    }
    return found
  }

  /// Options that only a camera heeds.
  static let ofCameras = ["size", "fps", "input-format", "strict", "reconnect"]

  /// "emenet FILE": what the operands ask to be played.
  private static func video(_ operands: [String]) throws(UsageError) -> String? {
    guard let first = operands.first else { return nil }
    let nature = FileNature(first)
    guard [.absent, .other].contains(nature) else { throw .notAVideo(first, nature) }
    guard operands.count == 1 else { throw .severalVideos(operands) }
    return first
  }
}
