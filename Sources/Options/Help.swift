/// The text that `--help` prints for one command.
package func helpText(for command: CommandDescription) -> String {
  let rows = (command.options + [.help]).map { option in
    let short = option.short.map { "-\($0), " } ?? "    "
    return (
      short + "--" + option.name + (option.value.map { " " + $0 } ?? ""), option.helpWithDefault
    )
  }
  return command.usage + "\n\n" + command.summary + "\n\noptions\n" + columns(rows)
}

/// The text that `emenet --help` prints after the options of the live monitor.
package func commandList(_ commands: [CommandDescription]) -> String {
  "commands\n" + columns(commands.map { ($0.name, $0.summary) })
    + "\nRun 'emenet COMMAND --help' for the options of a command; 'emenet FILE' plays a video or\n"
    + "measures a picture.\n"
}

private func columns(_ rows: [(String, String)]) -> String {
  let width = min(30, rows.map(\.0.count).max() ?? 0)
  return rows.map { left, right in
    let indent = String(repeating: " ", count: width + 4)
    let head =
      left.count > width
      ? "  \(left)\n\(indent)" : "  " + left + String(repeating: " ", count: width + 2 - left.count)
    return head + wrap(right, width: 80 - width - 4, indent: indent) + "\n"
  }.joined()
}

private func wrap(_ text: String, width: Int, indent: String) -> String {
  var lines: [String] = [""]
  for word in text.split(separator: " ") {
    let line = lines[lines.count - 1]
    if line.isEmpty {
      lines[lines.count - 1] = String(word)
    } else if line.count + 1 + word.count <= width {
      lines[lines.count - 1] += " " + word
    } else {
      lines.append(String(word))
    }
  }
  return lines.joined(separator: "\n" + indent)
}
