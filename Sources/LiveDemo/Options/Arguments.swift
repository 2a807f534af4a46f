/// The words after a command, split into options and operands.
struct Arguments: Equatable, Sendable {
  /// By option name, in the order given.
  var values: [String: [String]] = [:]
  var operands: [String] = []

  func has(_ option: String) -> Bool { values[option] != nil }
}

enum UsageError: Error, Equatable {
  case unknownCommand(String, nearest: String?)
  /// The name of a command that is not the first word.
  case commandAfterOptions(String)
  /// `elsewhere`: the commands that have it.
  case unknownOption(String, command: String, nearest: String?, elsewhere: [String] = [])
  case missingValue(option: String, command: String)
  case unwantedValue(option: String, command: String)
  case badValue(option: String, value: String, expected: String)
  case missingOperand(command: String, expected: String)
  case unwantedOperand(String, command: String)
  case conflict(String, with: String)
  /// An option that only applies to `--input`, given without it.
  case onlyWithInput(option: String)
  /// Something else was named where a video is played.
  case notAVideo(String, FileNature)
  /// The monitor plays one at a time.
  case severalVideos([String])
  /// `option` is for one input, and there are several.
  case oneInput(option: String, inputs: Int)
  /// A word that is not UTF-8, with its bytes shown as well as they can be.
  case notText(String)
}
