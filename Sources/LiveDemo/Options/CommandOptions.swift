/// What a command is called, its table of options, and the properties that they set.
protocol CommandOptions: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// As in the usage line: "FILE…"; empty for a command without operands.
  static var operands: String { get }
  static var options: [Option<Self>] { get }

  init()
  /// What was given on the command line.
  var arguments: Arguments { get set }
  /// Checks what concerns more than one option, and the operands.
  mutating func validate() throws(UsageError)
}

extension CommandOptions {
  static var operands: String { "" }
  mutating func validate() throws(UsageError) {}

  static var description: CommandDescription {
    CommandDescription(
      name: name, summary: summary, operands: operands, options: options.map(\.description))
  }

  init(_ arguments: Arguments) throws(UsageError) {
    self.init()
    self.arguments = arguments
    if Self.operands.isEmpty, let word = arguments.operands.first {
      throw .unwantedOperand(word, command: Self.name)
    }
    for option in Self.options {
      for word in arguments.values[option.description.name] ?? [] {
        try option.store(word, &self)
      }
    }
    try validate()
  }
}
