/// One row of a command's table: an option's name, the value it takes, its help, and the property
/// that stores the value.
package struct Option<Root: CommandOptions>: Sendable {
  package let description: OptionDescription
  /// Stores one word from the command line, or throws if it is not a valid value.
  package let store: @Sendable (String, inout Root) throws(UsageError) -> Void

  package typealias Path<Value> = WritableKeyPath<Root, Value> & Sendable

  /// An option without a value.
  package init(_ name: String, _ help: String, _ path: Path<Bool>) {
    description = OptionDescription(name: name, help: help)
    store = { _, root throws(UsageError) in root[keyPath: path] = true }
  }

  /// An option with a value. An optional property is nil until the option is given. An array
  /// collects every value of an option that may be repeated; otherwise the last value counts.
  ///
  /// - Parameter standard: the default for the help, if the property's own value says too little
  package init<Property: OptionProperty>(
    _ name: String, short: Character? = nil, _ value: OptionValue<Property.Value>, _ help: String,
    _ path: Path<Property>, default standard: String? = nil
  ) {
    description = OptionDescription(
      name: name, short: short, value: value.placeholder, help: help,
      standard: standard ?? Root()[keyPath: path].text)
    store = { word, root throws(UsageError) in
      guard let parsed = value.parse(word) else {
        throw .badValue(option: name, value: word, expected: value.expected)
      }
      root[keyPath: path].store(parsed)
    }
  }
}

/// The description of an option in the help, the completions and the manual.
package struct OptionDescription: Sendable, Equatable {
  /// Without dashes; on the command line `_` may stand for `-`.
  package var name: String
  package var short: Character?
  /// The placeholder of its value, "FILE" or "carry|reset"; nil for an option without a value.
  package var value: String?
  /// Without the default.
  package var help: String
  /// The default in words; nil if the help needs none.
  package var standard: String?

  package init(
    name: String, short: Character? = nil, value: String? = nil, help: String,
    standard: String? = nil
  ) {
    self.name = name
    self.short = short
    self.value = value
    self.help = help
    self.standard = standard
  }

  /// The literal words among its values: "carry" and "reset" of "carry|reset", "none" of
  /// "DEVICE|none".
  package var choices: [String] { value?.choices ?? [] }
  /// "the rate to ask for (default: 30)"
  package var helpWithDefault: String { help + (standard.map { " (default: \($0))" } ?? "") }

  package static let help = OptionDescription(name: "help", short: "h", help: "show this help")
}

extension String {
  /// The lower-case words of "show FILE… | convert FILE OUTPUT", "carry|reset", "FILE|-".
  package var choices: [String] {
    split { $0 == "|" || $0 == " " }.map(String.init).filter { word in
      !word.contains { $0.isUppercase } && word != "…"
    }
  }
}
