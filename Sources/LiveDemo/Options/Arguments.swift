/// What stood on the command line of one command, checked against its options.
struct Arguments: Equatable, Sendable {
  /// By option name, in the order given.
  var values: [String: [String]] = [:]
  var operands: [String] = []

  func has(_ option: String) -> Bool { values[option] != nil }

  /// The last one given counts, as in most programs.
  func string(_ option: String) -> String? { values[option]?.last }

  func strings(_ option: String) -> [String] { values[option] ?? [] }

  func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = string(option) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      throw .badValue(
        option: option, value: text,
        expected: range.upperBound == .max
          ? "a whole number from \(range.lowerBound)"
          : "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func number(_ option: String, in range: ClosedRange<Double>) throws(UsageError) -> Double? {
    guard let text = string(option) else { return nil }
    guard let value = Double(text), range.contains(value) else {
      throw .badValue(
        option: option, value: text,
        expected: range.upperBound == .infinity
          ? "a number from \(range.lowerBound)"
          : "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// One of a few words, which are the raw values of `Choice`.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ option: String, as _: Choice.Type = Choice.self
  ) throws(UsageError) -> Choice? where Choice.RawValue == String {
    guard let text = string(option) else { return nil }
    guard let value = Choice(rawValue: text) else {
      throw .badValue(
        option: option, value: text,
        expected: Choice.allCases.map(\.rawValue).joined(separator: " or "))
    }
    return value
  }
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
  /// An option that speaks of `--input`, without it.
  case onlyWithInput(option: String)
  /// What is no video stands where one is played.
  case notAVideo(String, FileNature)
  /// The monitor plays one.
  case severalVideos([String])
  /// `option` is for one input, and so many are there.
  case oneInput(option: String, inputs: Int)
  /// A word that is not UTF-8, its bytes shown as far as they can be.
  case notText(String)
}
