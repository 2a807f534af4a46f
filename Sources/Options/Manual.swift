/// Manual pages, generated from the same tables as the help, in the macros of man(7).
package struct Manual {
  let version: String
  let commands: [CommandDescription]
  let keys: [(name: String, help: String)]

  /// - Parameter keys: the keys of the monitor's screen, each with its action
  package init(
    version: String, commands: [CommandDescription], keys: [(name: String, help: String)] = []
  ) {
    self.version = version
    self.commands = commands
    self.keys = keys
  }

  /// emenet(1)
  package var program: String {
    let standard = commands.first { $0.isDefault }
    var page = head("emenet", "a live emotion monitor for the terminal")
    page += ".SH SYNOPSIS\n.B emenet\n[\\fICOMMAND\\fR] [\\fIoptions\\fR] [\\fIoperands\\fR]\n.br\n"
    page += ".B emenet\n\\fIVIDEO\\fR|\\fIPICTURE\\fR\n"
    page += """
      .SH DESCRIPTION
      Shows what a face on a camera, in a video or in a picture expresses: seven expressions, twelve
      action units, valence and arousal, each with how sure the networks are.
      Without a command it is
      .BR "emenet live" .
      .SH COMMANDS

      """
    for command in commands {
      page += ".TP\n\\fBemenet\\-\(roff(command.name))\\fR(1)\n\(line(command.summary))"
    }
    if let standard { page += ".SH OPTIONS OF THE MONITOR\n" + options(of: standard) }
    if !keys.isEmpty { page += ".SH KEYS OF THE MONITOR\n" }
    for key in keys { page += ".TP\n.B \(roff(key.name))\n\(line(key.help))" }
    page += Self.files + Self.exitStatus
    return page + seeAlso(commands.map { "emenet-\($0.name)" })
  }

  /// emenet-NAME(1)
  package func page(of command: CommandDescription) -> String {
    let words = ["emenet", command.name].joined(separator: " ")
    var page = head("emenet-\(command.name)", command.summary)
    page += ".SH SYNOPSIS\n.B \(roff(words))\n[\\fIoptions\\fR]"
    page += (command.operands.isEmpty ? "" : " \(roff(command.operands))") + "\n"
    page += ".SH DESCRIPTION\n" + line(command.summary)
    page += ".SH OPTIONS\n" + options(of: command)
    return page + Self.files + Self.exitStatus + seeAlso(["emenet"])
  }

  private func head(_ name: String, _ summary: String) -> String {
    let summary = summary.hasSuffix(".") ? String(summary.dropLast()) : summary
    return ".TH \(roff(name.uppercased())) 1 \"\" \"emenet \(version)\" \"User Commands\"\n"
      + ".SH NAME\n\(roff(name)) \\- \(roff(summary))\n"
  }

  private func options(of command: CommandDescription) -> String {
    (command.options + [.help]).map { option in
      let short = option.short.map { "\\fB\\-\($0)\\fR, " } ?? ""
      let value = option.value.map { " \\fI\(roff($0))\\fR" } ?? ""
      return ".TP\n\(short)\\fB\\-\\-\(roff(option.name))\\fR\(value)\n"
        + line(option.helpWithDefault)
    }.joined()
  }

  private func seeAlso(_ names: [String]) -> String {
    ".SH SEE ALSO\n" + names.map { ".BR \(roff($0)) (1)" }.joined(separator: " ,\n") + "\n"
  }

  private static let files = """
    .SH FILES
    .TP
    .I $XDG_CONFIG_HOME/emenet/config.toml
    Options for good, by their long names, with a section for each command; by default below
    .IR ~/.config .
    The command line wins.
    .B [keys]
    gives actions of the screen other keys, and
    .B [colours]
    gives other colours to what the screen, videos and pictures show.
    .B emenet config
    shows what is in force, with all their names, as such a file.

    """

  private static let exitStatus = """
    .SH EXIT STATUS
    0 done; 1 some inputs failed, the rest is done; 2 nothing could be done; 3 no camera, or it was
    lost for good; 4 checkpoint missing or damaged; 5 output not writable or disk full; 64 usage;
    130 interrupted work on files, which the same command continues.

    """

  private func line(_ text: String) -> String {
    let text = roff(text)
    return (text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" : "") + text + "\n"
  }

  /// Escapes roff's own characters.
  private func roff(_ text: String) -> String {
    text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .replacing("…", with: "\\&...").replacing("\"", with: "\\(dq")
  }
}
