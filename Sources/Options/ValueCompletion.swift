/// What a shell offers for the value of an option.
enum ValueCompletion: Hashable {
  case words([String], andFiles: Bool)
  case files, folders
  /// What 'emenet devices' prints behind `line`, and a few words.
  case devices(line: String, words: [String])
  /// A number, a time, an address: nothing that could be listed.
  case nothing
}

extension OptionDescription {
  /// By the placeholder of its value.
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
