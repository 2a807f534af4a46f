import Glibc
import Runtime

extension Failure {
  /// Says what was meant, and the command that does it.
  init(_ error: UsageError) {
    func seeHelp(_ command: String = "") -> String {
      "see 'emenet \(command.isEmpty ? "" : command + " ")--help'"
    }
    func usage(_ what: String, _ why: String, _ remedy: String?) -> Failure {
      Failure(what.isEmpty ? "''" : what, why, do: remedy, exitCode: .usage)
    }
    self =
      switch error {
      case .unknownCommand(let word, let nearest):
        usage(
          word, "there is no such command, and no file of this name",
          nearest.map { "did you mean 'emenet \($0)'?" } ?? seeHelp())
      case .commandAfterOptions(let name):
        usage(name, "the command comes before its options", "run 'emenet \(name) …'")
      case .unknownOption(let word, let command, let nearest, let elsewhere):
        if !elsewhere.isEmpty {
          usage(
            word, "'\(command)' has no such option",
            "it belongs to " + elsewhere.map { "'emenet \($0)'" }.joined(separator: ", "))
        } else if access(word, F_OK) == 0 {
          usage(
            word, "'\(command)' has no such option",
            "if it is the file of this name, put -- before it")
        } else {
          usage(
            word, "'\(command)' has no such option",
            nearest.map { "did you mean '--\($0)'?" } ?? seeHelp(command))
        }
      case .missingValue(let option, let command):
        usage("--\(option)", "a value is missing", seeHelp(command))
      case .unwantedValue(let option, let command):
        usage("--\(option)", "takes no value", seeHelp(command))
      case .badValue(let option, let value, let expected):
        usage("--\(option)", "'\(value)' is not \(expected)", nil)
      case .missingOperand(let command, let expected):
        usage(command, "expects \(expected)", seeHelp(command))
      case .unwantedOperand(let word, let command):
        usage(
          word, "'\(command)' takes no such argument",
          "name files with options, \(seeHelp(command))")
      case .conflict(let option, let other):
        usage("--\(option)", "does not go together with --\(other)", "leave one of them out")
      case .onlyWithInput(let option):
        usage(
          "--\(option)", "only applies to --input; a camera is always real time",
          "name a video with --input, or leave --\(option) out")
      case .notAVideo(let path, .picture):
        usage(path, "is a picture", "run 'emenet image \(path)'")
      case .notAVideo(let path, .checkpoint):
        usage(path, "is a checkpoint", "run 'emenet checkpoint show \(path)'")
      case .notAVideo(let path, _):
        usage(
          path, "is a folder",
          "run 'emenet predict --video \(path)' for the videos in it, or name one file")
      case .severalVideos(let paths):
        usage(
          paths[1], "one video is played at a time",
          "run 'emenet predict \(paths.joined(separator: " "))' to measure all of them")
      case .oneInput("output", let inputs):
        usage(
          "--output", "holds one picture, and \(inputs) files are named",
          "run 'emenet image FILE --output OUT.png' for each, or leave --output out")
      case .oneInput(let option, let inputs):
        usage(
          "--\(option)", "is one file for one video, and there are \(inputs)",
          option == "audio"
            ? "name a folder that holds a sound file for each, NAME.*"
            : "run 'emenet predict' for each")
      case .notText(let word):
        usage(word, "the name is not UTF-8", "rename the file, or make a link to it: ln -s")
      }
  }
}
