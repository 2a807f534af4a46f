/// What a command is called, takes and does, for the parser, the help and the completions.
struct CommandDescription: Sendable {
  var name: String
  /// It is what the program does where no command is named.
  var isDefault = false
  var summary: String
  /// As in the usage line: "FILE…", empty where there are none.
  var operands = ""
  var options: [Option]
}
