import Capture
import Reading
import Runtime

/// Inputs that do not suit a command.
package enum InputError: Error, Equatable {
  /// An option that only applies to `--input`, given without it.
  case onlyWithInput(option: String)
  /// A video was expected, but something else was named.
  case notAVideo(String, FileNature)
  /// A pipe or network camera cannot be one of several inputs.
  case aloneInRow(String)
  /// The monitor watches one camera.
  case severalCameras([String])
  /// `--device` with a URL.
  case addressAsDevice
  /// A URL that is no network camera's.
  case unknownAddress(String)
  /// `option` applies to one input, but there are several.
  case oneInput(option: String, inputs: Int)
}

extension Failure {
  init(_ error: InputError) {
    self =
      switch error {
      case .onlyWithInput(let option):
        Failure(
          usage: "--\(option)", "only applies to a file; a camera is always real time",
          "name a video with --input, or leave --\(option) out")
      case .notAVideo(let path, .picture):
        Failure(usage: path, "is a picture", "run 'emenet image \(path)'")
      case .notAVideo(let path, .checkpoint):
        Failure(usage: path, "is a checkpoint", "run 'emenet checkpoint show \(path)'")
      case .notAVideo(let path, _):
        Failure(
          usage: path, "is a folder",
          "run 'emenet predict --video \(path)' for the videos in it, or name one file")
      case .aloneInRow(let name):
        Failure(
          usage: name, "only files can be played in a row", "run 'emenet --input \(name)' by itself"
        )
      case .severalCameras(let devices):
        Failure(
          usage: "--device", "one camera is watched at a time, and \(devices.count) are named",
          "start emenet once for each, in terminals of their own or with --no-ui")
      case .addressAsDevice:
        Failure(
          usage: "--device", "an address is not a camera of this machine", "write it after --input")
      case .unknownAddress(let name):
        Failure(
          usage: name, "no address of a kind that is read",
          "use \(StreamAddress.schemes.map { $0 + ":" }.joined(separator: ", ")) or name a file")
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
