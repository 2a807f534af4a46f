/// What a shell offers for an option's value.
enum ValueCompletion: Hashable {
  case words([String], andFiles: Bool)
  case files, folders
  /// Whatever 'emenet devices' prints after `line`, plus a few words.
  case devices(line: String, words: [String])
  /// A number, a time or an address: nothing that could be listed.
  case nothing
}

extension OptionDescription {
  /// Derived from the placeholder of its value.
  var completion: ValueCompletion {
    let parts = Set((value ?? "").split(separator: "|").map(String.init))
    let takesFile = !parts.isDisjoint(with: ["FILE", "PATH", "FIFO"])
    if parts.contains("DIR") { return .folders }
    if parts.contains("D") { return .devices(line: "node", words: []) }
    if parts.contains("DEVICE") { return .devices(line: "audio", words: choices) }
    if !choices.isEmpty { return .words(choices, andFiles: takesFile) }
    return takesFile ? .files : .nothing
  }
}
