import Inference
import Options
import Reading
import Runtime

/// Which networks a command runs, and how.
struct EnsembleOptions: Sendable {
  var prior: String?
  var checkpoints: [String] = []
  var members: Int?
  var threads: Int?
  var precision: PrecisionChoice?

  /// - Parameter standard: the command's own choice
  func precision(default standard: PrecisionChoice, on kernels: KernelSet = .fastest) throws
    -> Precision
  {
    let choice = precision ?? standard
    guard let wanted = Precision(rawValue: choice.rawValue) else { return kernels.fastestPrecision }
    guard kernels.supports(wanted) else {
      throw Failure(
        "--precision \(wanted.rawValue)", "\(kernels.name) has no products of such numbers",
        do: "use auto or f32", exitCode: .usage)
    }
    return wanted
  }
}

enum PrecisionChoice: String, CaseIterable, Sendable, OptionProperty { case auto, f32, bf16 }

extension CheckpointStore {
  init(_ options: EnsembleOptions) throws {
    try self.init(paths: options.checkpoints, members: options.members)
  }
}

/// Options of a command that runs the networks.
protocol HasEnsemble: CommandOptions {
  var ensemble: EnsembleOptions { get set }
}

extension Option where Root: HasEnsemble {
  static var prior: Option {
    Option(
      "prior", .text("NAME|FILE"),
      "frequency of expressions that is assumed: default, fer+, balanced, or a file of seven "
        + "numbers, Neutral first", \.ensemble.prior, default: "default")
  }
  static var checkpoint: Option {
    Option(
      "checkpoint", .text("PATH"),
      "a checkpoint, or a folder with one file per member; may be repeated",
      \.ensemble.checkpoints, default: "checkpoints/")
  }
  static var members: Option {
    Option(
      "members", .integer(in: 1...64), "use the first N members of the ensemble",
      \.ensemble.members)
  }
  /// - Parameter standard: the command's own choice
  static func precision(default standard: PrecisionChoice) -> Option {
    Option(
      "precision", .word,
      "numbers that the networks multiply: float, bfloat16, or the fastest of this processor",
      \.ensemble.precision, default: standard.rawValue)
  }
  static var threads: Option {
    Option(
      "threads", .integer(in: 1...1024), "cores for inference", \.ensemble.threads, default: "all")
  }
}

extension Option {
  static func state(_ path: Path<Checkpoint.Temporal?>) -> Option {
    Option(
      "state", .word, "GRU state kept from frame to frame, or 0 for every frame", path,
      default: "as the checkpoint says")
  }
  static func referenceWindows(_ path: Path<Bool>) -> Option {
    Option(
      "reference-windows",
      "the windows of sound that the reference takes, to compare with its predictions: too early "
        + "by 32 ms for each second of a video at 30 fps", path)
  }
  static func audioDebug(_ path: Path<String?>) -> Option {
    Option("audio-debug", .file, "CSV: where each frame's window of sound lies", path)
  }
  static func force(_ path: Path<Bool>) -> Option {
    Option("force", "replace files that exist", path)
  }
}
