import Offline

/// One option of a command, as `--help` and the completions show it.
struct Option: Sendable, Equatable {
  /// Without dashes; on the command line `_` may stand for `-`.
  var name: String
  var short: Character?
  /// What the value is called in the help ("FILE"); nil for an option without a value.
  var value: String?
  var help: String

  /// The words among its values: those in lower case of "carry|reset" or "DEVICE|none".
  var choices: [String] { value?.choices ?? [] }

  init(_ name: String, short: Character? = nil, value: String? = nil, _ help: String) {
    self.name = name
    self.short = short
    self.value = value
    self.help = help
  }
}

extension Option {
  static let help = Option("help", short: "h", "show this help")
  static let checkpoint = Option(
    "checkpoint", value: "PATH",
    "a checkpoint, or a folder with one file per member; may be repeated (default: checkpoints/)")
  static let prior = Option(
    "prior", value: "NAME|FILE",
    "frequency of expressions that is assumed: default, fer+, balanced, or a file of seven numbers, "
      + "Neutral first (default: default)")
  static let members = Option("members", value: "N", "use the first N members of the ensemble")
  static let state = Option(
    "state", value: "carry|reset",
    "GRU state kept from frame to frame, or 0 for every frame (default: as the checkpoint says)")
  static let threads = Option("threads", value: "N", "cores for inference (default: all)")
  static let referenceWindows = Option(
    "reference-windows",
    "the windows of sound that the reference takes, to compare with its predictions: too early by "
      + "32 ms for each second of a video at 30 fps")
  static let audioDebug = Option(
    "audio-debug", value: "FILE", "CSV: where each frame's window of sound lies")
  static let force = Option("force", "replace files that exist")
}

extension String {
  /// What stands in lower case in "show FILE… | convert FILE OUTPUT", "carry|reset", "FILE|-".
  var choices: [String] {
    split { $0 == "|" || $0 == " " }.map(String.init).filter { word in
      !word.contains { $0.isUppercase } && word != "…"
    }
  }
}
