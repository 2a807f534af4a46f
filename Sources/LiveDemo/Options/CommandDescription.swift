/// What a command is called, takes and does, for the parser, the help, the completions and the
/// manual.
struct CommandDescription: Sendable {
  var name: String
  var summary: String
  /// As in the usage line: "FILE…", empty for a command without operands.
  var operands = ""
  var options: [OptionDescription]

  /// The command that runs when none is named.
  var isDefault: Bool { name == LiveOptions.name }

  /// "usage: emenet image [options] FILE…"
  var usage: String {
    ["usage: emenet", isDefault ? "[live]" : name, "[options]", operands].filter { !$0.isEmpty }
      .joined(separator: " ")
  }
}
