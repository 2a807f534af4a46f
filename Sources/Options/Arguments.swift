/// The words after a command, split into options and operands.
package struct Arguments: Equatable, Sendable {
  /// By option name, in the order given.
  package var values: [String: [String]] = [:]
  package var operands: [String] = []

  package init(values: [String: [String]] = [:], operands: [String] = []) {
    self.values = values
    self.operands = operands
  }

  package func has(_ option: String) -> Bool { values[option] != nil }
}
