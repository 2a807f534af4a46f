/// The words after a command, split into options and operands.
package struct Arguments: Equatable, Sendable {
  /// By option name, in the order given.
  package var values: [String: [String]] = [:]
  package var operands: [String] = []
  /// Options whose values are not of the command line but of a ``Configuration``.
  package internal(set) var configured: Set<String> = []

  package init(values: [String: [String]] = [:], operands: [String] = []) {
    self.values = values
    self.operands = operands
  }

  /// Whether the command line has it.
  package func has(_ option: String) -> Bool {
    values[option] != nil && !configured.contains(option)
  }
}
