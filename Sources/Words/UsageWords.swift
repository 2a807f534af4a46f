import Glibc
import Options
import Runtime

extension Failure {
  /// Suggests what was meant, and the command that does it.
  init(_ error: UsageError) {
    func seeHelp(_ command: String = "") -> String {
      "see 'emenet \(command.isEmpty ? "" : command + " ")--help'"
    }
    self =
      switch error {
      case .unknownCommand(let word, let nearest):
        Failure(
          usage: word, "there is no such command, and no file of this name",
          nearest.map { "did you mean 'emenet \($0)'?" } ?? seeHelp())
      case .commandAfterOptions(let name):
        Failure(usage: name, "the command comes before its options", "run 'emenet \(name) …'")
      case .unknownOption(let word, let command, let nearest, let elsewhere):
        if !elsewhere.isEmpty {
          Failure(
            usage: word, "'\(command)' has no such option",
            "it belongs to " + elsewhere.map { "'emenet \($0)'" }.joined(separator: ", "))
        } else if access(word, F_OK) == 0 {
          Failure(
            usage: word, "'\(command)' has no such option",
            "if it is the file of this name, put -- before it")
        } else {
          Failure(
            usage: word, "'\(command)' has no such option",
            nearest.map { "did you mean '--\($0)'?" } ?? seeHelp(command))
        }
      case .missingValue(let option, let command):
        Failure(usage: "--\(option)", "a value is missing", seeHelp(command))
      case .unwantedValue(let option, let command):
        Failure(usage: "--\(option)", "takes no value", seeHelp(command))
      case .badValue(let option, let value, let expected):
        Failure(usage: "--\(option)", "'\(value)' is not \(expected)", nil)
      case .missingOperand(let command, let expected):
        Failure(usage: command, "expects \(expected)", seeHelp(command))
      case .badOperand(let word, let command, let nearest):
        Failure(
          usage: word, "'\(command)' has no such command",
          nearest.map { "did you mean '\($0)'?" } ?? seeHelp())
      case .unwantedOperand(let word, let command):
        Failure(
          usage: word, "'\(command)' takes no such argument",
          "name files with options, \(seeHelp(command))")
      case .conflict(let option, let other):
        Failure(
          usage: "--\(option)", "does not go together with --\(other)", "leave one of them out")
      case .notText(let word):
        Failure(
          usage: word, "the name is not UTF-8", "rename the file, or make a link to it: ln -s")
      }
  }

  package init(usage what: String, _ why: String, _ remedy: String?) {
    self.init(what.isEmpty ? "''" : what, why, do: remedy, exitCode: .usage)
  }
}
