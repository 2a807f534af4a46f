/// The words after a command, split into options and operands.
package struct Arguments: Equatable, Sendable {
  /// By option name, in the order given.
  package var values: [String: [String]] = [:]
  package var operands: [String] = []
  /// Options whose values come from a ``Configuration``, not the command line.
  package internal(set) var configured: Set<String> = []

  package init(values: [String: [String]] = [:], operands: [String] = []) {
    self.values = values
    self.operands = operands
  }

  /// Whether the option is on the command line.
  package func has(_ option: String) -> Bool {
    values[option] != nil && !configured.contains(option)
  }
}
