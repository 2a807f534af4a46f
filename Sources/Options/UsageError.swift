/// A command line that no command accepts.
package enum UsageError: Error, Equatable {
  case unknownCommand(String, nearest: String?)
  /// The name of a command, given after the first word.
  case commandAfterOptions(String)
  /// `elsewhere`: the commands that have it.
  case unknownOption(String, command: String, nearest: String?, elsewhere: [String] = [])
  case missingValue(option: String, command: String)
  case unwantedValue(option: String, command: String)
  case badValue(option: String, value: String, expected: String)
  case missingOperand(command: String, expected: String)
  case unwantedOperand(String, command: String)
  /// Not one of the words that the command takes.
  case badOperand(String, command: String, nearest: String?)
  case conflict(String, with: String)
  /// A word that is not UTF-8, with its bytes shown as well as possible.
  case notText(String)
}
