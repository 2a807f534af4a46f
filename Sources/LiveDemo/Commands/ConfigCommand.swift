import Options
import Runtime
import Words

struct ConfigCommand: Command {
  var arguments = Arguments()

  static let name = "config"
  static let summary = "Shows the settings in force, and where each comes from."
  static let operands = "[COMMAND]"
  static let options: [Option<Self>] = []
  static let isConfigurable = false

  func run() throws -> ExitCode {
    let named = try commands(named: arguments.operands, for: Self.name)
    guard let path = Configuration.standardPath else {
      throw Failure(
        "config", "there is no home folder to look in", do: "set HOME or XDG_CONFIG_HOME",
        exitCode: .nothingDone)
    }
    let configuration = try Configuration(
      reading: path, for: LiveDemo.commands, tables: ConfigurationTable.all)
    var lines = ["# \(path)" + (configuration.settings.isEmpty ? ", which sets nothing" : "")]
    lines.append("# Options of the command line win; a line that begins with # is the default.")
    for command in named where command.isConfigurable && !command.description.options.isEmpty {
      lines += ["", "[\(command.name)]"] + Self.lines(command, configuration)
    }
    if arguments.operands.isEmpty {
      for table in ConfigurationTable.all {
        let set = configuration.settings(for: table)
        lines += ["", "[\(table.names[0])]"]
        lines += table.keys.map { name, standard in
          set[name].map { "\(name) = \"\($0.value)\"  # line \($0.line)" }
            ?? "# \(name) = \"\(standard)\""
        }
      }
    }
    try StandardOutput.write(lines.joined(separator: "\n") + "\n")
    return .done
  }

  /// One line per option, as in the file.
  private static func lines(
    _ command: any Command.Type, _ configuration: Configuration
  ) -> [String] {
    let set = configuration.settings(for: command)
    return command.description.options.map { option in
      guard let settings = set[option.name] else {
        return "# \(option.name) = \(option.standardInTOML)"
      }
      let values = settings.map { option.value == nil ? "true" : Self.quoted($0.value) }
      let value = values.count == 1 ? values[0] : "[" + values.joined(separator: ", ") + "]"
      let section = settings[0].section
      let place = "line \(settings[0].line)" + (section.isEmpty ? ", for every command" : "")
      return "\(option.name) = \(value)  # \(place)"
    }
  }

  fileprivate static func quoted(_ value: String) -> String {
    if Double(value)?.isFinite == true, value.allSatisfy({ "0123456789.-".contains($0) }) {
      return value
    }
    return "\""
      + value.withoutCredentials.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

/// The commands with these names, or all of them if no name is given.
func commands(
  named names: [String], for command: String
) throws(UsageError) -> [any Command.Type] {
  guard !names.isEmpty else { return commands }
  var found: [any Command.Type] = []
  for name in names {
    guard let match = commands.first(where: { $0.name == name }) else {
      throw .badOperand(
        name, command: command, nearest: nearest(to: name, among: commands.map { $0.name }))
    }
    found.append(match)
  }
  return found
}

extension OptionDescription {
  /// The default as written in the file.
  fileprivate var standardInTOML: String {
    guard value != nil else { return "false" }
    guard let standard else { return "\"\"" }
    return ConfigCommand.quoted(standard)
  }
}
