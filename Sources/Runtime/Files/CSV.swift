/// Comma-separated values, RFC 4180.
package enum CSV {
  /// The cells of each row; one goes on on the next line where a quote is open.
  package static func rows(of lines: some Sequence<String>) -> [[String]] {
    var rows: [[String]] = []
    var open: String?
    for line in lines {
      let text = open.map { $0 + "\n" + line } ?? line
      let isComplete = text.utf8.count { $0 == UInt8(ascii: "\"") }.isMultiple(of: 2)
      open = isComplete ? nil : text
      if isComplete { rows.append(cells(of: text)) }
    }
    return rows + (open.map { [cells(of: $0)] } ?? [])
  }

  package static func cells(of line: String) -> [String] {
    var cells = [""]
    var isQuoted = false
    var previous: Character?
    for character in line {
      switch character {
      case "\"":
        // A quote after a closing quote is one of the text.
        if !isQuoted, previous == "\"" { cells[cells.count - 1].append("\"") }
        isQuoted.toggle()
      case "," where !isQuoted: cells.append("")
      default: cells[cells.count - 1].append(character)
      }
      previous = character
    }
    return cells
  }

  package static func cell(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return text
    }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
