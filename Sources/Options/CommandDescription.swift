/// A command's name, arguments and purpose, for the parser, help, completions and manual.
package struct CommandDescription: Sendable {
  package var name: String
  /// True for the command that runs if none is named.
  package var isDefault: Bool
  package var summary: String
  /// As in the usage line: "FILE…"; empty for a command without operands.
  package var operands: String
  package var options: [OptionDescription]

  package init(
    name: String, isDefault: Bool = false, summary: String, operands: String = "",
    options: [OptionDescription]
  ) {
    self.name = name
    self.isDefault = isDefault
    self.summary = summary
    self.operands = operands
    self.options = options
  }

  /// "usage: emenet image [options] FILE…"
  package var usage: String {
    ["usage: emenet", isDefault ? "[\(name)]" : name, "[options]", operands]
      .filter { !$0.isEmpty }.joined(separator: " ")
  }
}
