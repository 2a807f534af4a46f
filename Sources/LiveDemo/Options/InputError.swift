import Runtime
import Words

/// Inputs that do not suit a command.
enum InputError: Error, Equatable {
  /// An option that only applies to `--input`, given without it.
  case onlyWithInput(option: String)
  /// A video was expected, but something else was named.
  case notAVideo(String, FileNature)
  /// The monitor plays one video at a time.
  case severalVideos([String])
  /// `option` applies to one input, but there are several.
  case oneInput(option: String, inputs: Int)
}

extension Failure {
  init(_ error: InputError) {
    self =
      switch error {
      case .onlyWithInput(let option):
        Failure(
          usage: "--\(option)", "only applies to --input; a camera is always real time",
          "name a video with --input, or leave --\(option) out")
      case .notAVideo(let path, .picture):
        Failure(usage: path, "is a picture", "run 'emenet image \(path)'")
      case .notAVideo(let path, .checkpoint):
        Failure(usage: path, "is a checkpoint", "run 'emenet checkpoint show \(path)'")
      case .notAVideo(let path, _):
        Failure(
          usage: path, "is a folder",
          "run 'emenet predict --video \(path)' for the videos in it, or name one file")
      case .severalVideos(let paths):
        Failure(
          usage: paths[1], "one video is played at a time",
          "run 'emenet predict \(paths.joined(separator: " "))' to measure all of them")
      case .oneInput("output", let inputs):
        Failure(
          usage: "--output", "holds one picture, and \(inputs) files are named",
          "run 'emenet image FILE --output OUT.png' for each, or leave --output out")
      case .oneInput(let option, let inputs):
        Failure(
          usage: "--\(option)", "is one file for one video, and there are \(inputs)",
          option == "audio"
            ? "name a folder that holds a sound file for each, NAME.*"
            : "run 'emenet predict' for each")
      }
  }
}
