/// A command's name, its table of options, and the properties that they set.
package protocol CommandOptions: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// As in the usage line: "FILE…"; empty for a command without operands.
  static var operands: String { get }
  static var options: [Option<Self>] { get }
  /// True for the command that runs if none is named.
  static var isDefault: Bool { get }
  /// Groups of mutually exclusive options. If the command line gives one, the others of a
  /// ``Configuration`` are ignored.
  static var exclusive: [Set<String>] { get }
  /// The option that the operands stand for, if any.
  static var operandOption: String? { get }

  init()
  /// What was given on the command line.
  var arguments: Arguments { get set }
  /// Checks the operands, and anything that concerns more than one option.
  mutating func validate() throws
}

extension CommandOptions {
  package static var operands: String { "" }
  package static var isDefault: Bool { false }
  package static var exclusive: [Set<String>] { [] }
  package static var operandOption: String? { nil }
  package mutating func validate() throws {}

  package static var description: CommandDescription {
    CommandDescription(
      name: name, isDefault: isDefault, summary: summary, operands: operands,
      options: options.map(\.description))
  }

  package init(_ arguments: Arguments) throws {
    self.init()
    self.arguments = arguments
    if Self.operands.isEmpty, let word = arguments.operands.first {
      throw UsageError.unwantedOperand(word, command: Self.name)
    }
    for option in Self.options {
      for word in arguments.values[option.description.name] ?? [] {
        try option.store(word, &self)
      }
    }
    try validate()
  }
}
