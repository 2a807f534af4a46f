import Options
import Runtime
import Screen
import Theme

extension Configuration {
  /// Takes the user's keys and colours into use.
  package func applyTables() {
    let keys = settings(for: .screenKeys).compactMapValues { KeyBinding.key(named: $0.value) }
    KeyBinding.changes.withLock { $0 = keys }
    let colors = settings(for: .screenColors)
    let chosen = Ink.named.compactMap { name, ink in
      colors[name].flatMap { ColorChoice($0.value) }.map { (ink, $0) }
    }
    Ink.changes.withLock { $0 = Dictionary(uniqueKeysWithValues: chosen) }
  }
}

extension ConfigurationTable {
  /// The sections that belong to no command.
  package static let all = [screenKeys, screenColors]

  /// Other keys for the actions of the screen.
  static let screenKeys = ConfigurationTable(
    names: ["keys"],
    keys: KeyBinding.changeable.map { ($0.action, $0.key) }
  ) { _, value in
    KeyBinding.key(named: value) == nil ? "one character, space, tab or ctrl-l" : nil
  } conflict: { values in
    KeyBinding.collision(in: values.compactMapValues(KeyBinding.key(named:))).map {
      ($0.action, "free: it is the key of \($0.with); give that another key")
    }
  }

  /// Other colours for what the screen, videos and pictures show.
  static let screenColors = ConfigurationTable(
    names: ["colours", "colors"],
    keys: Ink.named.map { ($0.name, $0.ink.standardText) }
  ) { _, value in
    guard ColorChoice(value) == nil else { return nil }
    let meant = nearest(to: value, among: ColorChoice.names).map { ": did you mean '\($0)'?" }
    return "a colour such as \"#5fafff\" or \"cyan\"" + (meant ?? "")
  }
}
