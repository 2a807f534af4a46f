import Options
import Reading
import Runtime

/// The command that a command line selects, and its own words.
struct Invocation {
  var command: any Command.Type
  var words: [String]

  /// - Parameter words: the command line without the program's name. If the first word is not a
  ///   command, `live` is meant, or `image` for a picture.
  init(_ words: [String], commands: [any Command.Type]) throws(UsageError) {
    let names = commands.map { $0.name }
    var words = words
    if words.first == "help" { words = Array(words.dropFirst()) + ["--help"] }
    if let first = words.first, let index = names.firstIndex(of: first) {
      self.init(command: commands[index], words: Array(words.dropFirst()))
      return
    }
    if Self.asksForHelp(words) {
      if let first = words.first, !first.hasPrefix("-"), FileNature(first) == .absent {
        throw .unknownCommand(first, nearest: nearest(to: first, among: names))
      }
      self.init(command: LiveOptions.self, words: words)
      return
    }
    guard
      let arguments = try? Arguments(parsing: words, of: Self.anyOption(of: commands)),
      let first = arguments.operands.first
    else {
      self.init(command: LiveOptions.self, words: words)
      return
    }
    let nature = FileNature(first)
    if nature == .absent {
      let meant = nearest(to: first, among: names)
      let looksLikeAFile = first.contains { "./".contains($0) }
      if first == words.first, meant != nil || !looksLikeAFile {
        throw .unknownCommand(first, nearest: meant)
      }
      if let name = arguments.operands.first(where: names.contains) {
        throw .commandAfterOptions(name)
      }
    }
    let isPicture = nature == .picture
    self.init(command: isPicture ? ImageCommand.self : LiveOptions.self, words: words)
  }

  private init(command: any Command.Type, words: [String]) {
    self.command = command
    self.words = words
  }

  var asksForHelp: Bool { Self.asksForHelp(words) }

  private static func asksForHelp(_ words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
  }

  /// Every option of every command, used to tell operands from values.
  private static func anyOption(of commands: [any Command.Type]) -> CommandDescription {
    var options: [OptionDescription] = []
    for option in commands.flatMap({ $0.description.options })
    where !options.contains(where: { $0.name == option.name }) {
      options.append(option)
    }
    return CommandDescription(name: "emenet", summary: "", options: options)
  }
}
