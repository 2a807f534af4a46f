import CTOML
import Glibc
import Runtime

/// A user's permanent settings, from a TOML file with one section per command, whose keys are the
/// names of its options. Keys above the sections apply to every command that has the option.
package struct Configuration: Equatable, Sendable {
  package struct Setting: Equatable, Sendable {
    /// The command, or "" for all commands that have the option.
    package var section: String
    package var option: String
    /// As on the command line.
    package var value: String
    package var line: Int
    fileprivate var kind: Kind
  }

  fileprivate enum Kind: Sendable { case text, number, flag, other }

  /// A problem in the file, and its line.
  package struct Problem: Error, Equatable {
    package enum Reason: Equatable, Sendable {
      case unreadable(errno: Int32)
      case malformed(String)
      case unknownSection(String, nearest: String?)
      case unknownKey(String, section: String, nearest: String?)
      case badValue(key: String, value: String, expected: String)
    }
    package var path: String
    /// 0 if it concerns the whole file.
    package var line: Int
    package var reason: Reason
  }

  package var path: String
  package var settings: [Setting] = []

  /// Path of the file: `$XDG_CONFIG_HOME/emenet/config.toml`, by default below `~/.config`; nil if
  /// the process has no home.
  package static var standardPath: String? {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let base = variable("XDG_CONFIG_HOME") ?? variable("HOME").map { $0 + "/.config" }
    return base.map { $0 + "/emenet/config.toml" }
  }

  /// Reads the file at `path`; empty if there is none.
  ///
  /// - Parameters:
  ///   - commands: the commands whose names and options may be its sections and keys
  ///   - tables: its other sections
  package init(
    reading path: String, for commands: [any CommandOptions.Type],
    tables: [ConfigurationTable] = []
  ) throws(Problem) {
    self.path = path
    guard let text = try Self.text(of: path) else { return }
    settings = try Self.parse(text, path)
    for setting in settings {
      if let table = tables.first(where: { $0.names.contains(setting.section) }) {
        try check(setting, table)
      } else {
        try check(setting, commands, tables)
      }
    }
    for table in tables { try checkConflicts(table) }
  }

  /// More than anyone writes by hand.
  private static let mostBytes = 1 << 20

  private static func text(of path: String) throws(Problem) -> [UInt8]? {
    guard let file = fopen(path, "re") else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw Problem(path: path, line: 0, reason: .unreadable(errno: errno))
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: mostBytes)
    let count = fread(&bytes, 1, bytes.count, file)
    guard ferror(file) == 0 else {
      throw Problem(path: path, line: 0, reason: .unreadable(errno: errno))
    }
    return Array(bytes[..<count])
  }

  private static func parse(_ text: [UInt8], _ path: String) throws(Problem) -> [Setting] {
    var settings: [Setting] = []
    var words = [CChar](repeating: 0, count: 256)
    var line: Int32 = 0
    let code = withUnsafeMutablePointer(to: &settings) { settings in
      text.withUnsafeBytes { text in
        ctoml_read(
          text.baseAddress?.assumingMemoryBound(to: CChar.self), text.count,
          { context, section, key, value, kind, line in
            context!.assumingMemoryBound(to: [Setting].self).pointee.append(
              Setting(
                section: String(cString: section!),
                option: String(cString: key!).map { $0 == "_" ? "-" : String($0) }.joined(),
                value: String(cString: value!), line: Int(line),
                kind: Kind(UInt8(truncatingIfNeeded: kind))))
          }, settings, &words, words.count, &line)
      }
    }
    guard code == 0 else {
      let reason = String(
        decoding: words.prefix { $0 != 0 }.map(UInt8.init(truncatingIfNeeded:)), as: UTF8.self)
      throw Problem(path: path, line: Int(line), reason: .malformed(reason))
    }
    // In the order of the file, so that a list of values keeps its order.
    return settings.enumerated().sorted {
      ($0.element.line, $0.offset) < ($1.element.line, $1.offset)
    }
    .map(\.element)
  }

  private func check(
    _ setting: Setting, _ commands: [any CommandOptions.Type], _ tables: [ConfigurationTable]
  ) throws(Problem) {
    func problem(_ reason: Problem.Reason) -> Problem {
      Problem(path: path, line: setting.line, reason: reason)
    }
    let those = commands.filter { setting.section.isEmpty || $0.name == setting.section }
    guard !those.isEmpty else {
      throw problem(
        .unknownSection(
          setting.section,
          nearest: nearest(
            to: setting.section,
            among: commands.map { $0.name } + tables.flatMap(\.names))))
    }
    let having = those.filter { command in
      command.description.options.contains { $0.name == setting.option }
    }
    guard let first = having.first else {
      let names = those.flatMap { $0.description.options.map(\.name) }
      throw problem(
        .unknownKey(
          setting.option, section: setting.section,
          nearest: nearest(to: setting.option, among: Array(Set(names)).sorted())))
    }
    let takesValue = first.description.options.contains {
      $0.name == setting.option && $0.value != nil
    }
    let expected: String? =
      switch setting.kind {
      case .other: "a word, a number, true, false, or a list of them"
      case .flag where takesValue: "a value as on the command line"
      case .text, .number: takesValue ? nil : "true or false"
      case .flag: nil
      }
    if let expected {
      throw problem(.badValue(key: setting.option, value: setting.value, expected: expected))
    }
    for command in having where takesValue {
      if let expected = command.expectation(of: setting.option, for: setting.value) {
        throw problem(.badValue(key: setting.option, value: setting.value, expected: expected))
      }
    }
  }

  /// The settings of a command, by option; its own section overrides the keys above the sections.
  package func settings(for command: any CommandOptions.Type) -> [String: [Setting]] {
    var found: [String: [Setting]] = [:]
    for option in command.description.options {
      let all = settings.filter { $0.option == option.name }
      let own = all.filter { $0.section == command.name }
      let chosen = (own.isEmpty ? all.filter(\.section.isEmpty) : own)
        .filter { $0.kind != .flag || $0.value == "true" }
      if !chosen.isEmpty { found[option.name] = chosen }
    }
    return found
  }
}

extension Configuration.Kind {
  init(_ letter: UInt8) {
    switch letter {
    case UInt8(CTOML_TEXT.rawValue): self = .text
    case UInt8(CTOML_NUMBER.rawValue): self = .number
    case UInt8(CTOML_FLAG.rawValue): self = .flag
    default: self = .other
    }
  }
}

extension CommandOptions {
  /// What `word` should have been for that option; nil if it is a valid value.
  fileprivate static func expectation(of option: String, for word: String) -> String? {
    var scratch = Self()
    for row in options where row.description.name == option {
      do { try row.store(word, &scratch) } catch {
        if case .badValue(_, _, let expected) = error { return expected }
      }
    }
    return nil
  }
}

extension Arguments {
  /// Adds the values of `configuration` for options that the command line leaves open, except those
  /// that conflict with an option of the command line.
  package mutating func complete(
    from configuration: Configuration, for command: any CommandOptions.Type
  ) {
    var given = Set(values.keys)
    if !operands.isEmpty, let name = command.operandOption { given.insert(name) }
    for (option, settings) in configuration.settings(for: command) where !given.contains(option) {
      let isExcluded = command.exclusive.contains { pair in
        pair.contains(option) && !given.isDisjoint(with: pair)
      }
      guard !isExcluded else { continue }
      // An option without a value is either present or absent.
      let takesValue = command.description.options.contains {
        $0.name == option && $0.value != nil
      }
      values[option] = settings.map { takesValue ? $0.value : "" }
      configured.insert(option)
    }
  }
}
