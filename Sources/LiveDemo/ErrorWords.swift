import Capture
import FaceCrop
import Glibc
import Inference

extension Failure {
  /// The one place where errors become words and exit codes.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as UsageError: self.init(error)
    default: self.init("internal error", "\(error)", exitCode: .nothingDone)
    }
  }

  private init(_ error: UsageError) {
    let seeHelp = "see 'emenet --help'"
    func meant(_ nearest: String?, _ prefix: String = "") -> String {
      nearest.map { "did you mean '\(prefix)\($0)'?" } ?? seeHelp
    }
    switch error {
    case .unknownCommand(let word, let nearest):
      self.init(word, "there is no such command", do: meant(nearest), exitCode: .usage)
    case .unknownOption(let word, let command, let nearest):
      self.init(
        word, "'\(command)' has no such option", do: meant(nearest, "--"), exitCode: .usage)
    case .missingValue(let option):
      self.init("--\(option)", "a value is missing", do: seeHelp, exitCode: .usage)
    case .unwantedValue(let option):
      self.init("--\(option)", "takes no value", do: seeHelp, exitCode: .usage)
    case .badValue(let option, let value, let expected):
      self.init("--\(option)", "'\(value)' is not \(expected)", exitCode: .usage)
    case .missingOperand(let command, let expected):
      self.init(command, "expects \(expected)", do: seeHelp, exitCode: .usage)
    case .unwantedOperand(let word, let command):
      self.init(
        word, "'\(command)' takes no such argument", do: "name files with options, \(seeHelp)",
        exitCode: .usage)
    case .conflict(let option, let other):
      self.init("--\(option)", "does not go together with --\(other)", exitCode: .usage)
    }
  }
}

/// "No such file or directory"
func errnoText(_ code: Int32) -> String { String(cString: strerror(code)) }
