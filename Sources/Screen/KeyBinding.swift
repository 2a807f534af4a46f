import Reading
import Runtime

/// A key of the screen: what it does, and its words in the legend and the help. To add a key, add a
/// row to ``all``.
package struct KeyBinding: Sendable {
  enum Action: Equatable, Sendable {
    /// Handled by the session.
    case ask(ScreenCommand)
    /// For files: seeks this many seconds, forward or back.
    case seek(seconds: Double)
    case showHelp, nextFace, toggleNeutral, togglePreview, toggleNumbers, toggleMirror, repaint
    /// Multiplies the time constant of the display by this factor.
    case smooth(factor: Double)
  }

  /// What the terminal sends.
  var actions: [Character: Action]
  /// As people write it, such as "space".
  var name: String
  /// One word for the legend; nil if only the help shows the key.
  var label: String?
  /// - Parameter smoothing: time constant of the display, s
  var help: @Sendable (_ smoothing: Double) -> String
  /// True if the key does nothing with a camera.
  var isForFiles = false

  /// With the keys that the user chose.
  static var all: [KeyBinding] { standard.changed(by: changes.withLock { $0 }) }

  /// The keys that the user chose, by ``action``.
  package static let changes = Locked<[String: Character]>([:])

  /// Most important first: a narrow legend drops the last ones.
  static let standard: [KeyBinding] = [
    KeyBinding("q", ["q": .ask(.quit), "Q": .ask(.quit)], "quit", "quit"),
    KeyBinding("?", ["?": .showHelp, "h": .showHelp], "help", "this help; any key closes it"),
    KeyBinding("r", ["r": .ask(.record)], "record", "record on, off"),
    KeyBinding("space", [" ": .ask(.pause)], "pause", "pause, go on"),
    KeyBinding(
      "arrows", ["←": .seek(seconds: -5), "→": .seek(seconds: 5)], "seek",
      "5 s back or on in a file", isForFiles: true),
    KeyBinding(
      "m", ["m": .ask(.mark)], "marker", "marker in records and video, to find this again"),
    KeyBinding(
      "s", ["s": .ask(.snapshot)], "snapshot",
      "save this face's picture (PNG) and this screen (SVG)"),
    KeyBinding(
      "c", ["c": .toggleNeutral], "neutral",
      "this face is neutral now: values relative to it; again: undo"),
    KeyBinding("Tab", ["\t": .nextFace], "face", "next face"),
    KeyBinding("p", ["p": .togglePreview], "preview", "preview on, off"),
    KeyBinding("u", ["u": .toggleNumbers], "numbers", "numbers of confidence and uncertainty"),
    KeyBinding("x", ["x": .toggleMirror], "mirror", "preview as in a mirror, or as filmed"),
    KeyBinding(
      actions: [
        "+": .smooth(factor: 1.5), "=": .smooth(factor: 1.5), "-": .smooth(factor: 1 / 1.5),
      ], name: "+/-", label: "smoothing",
      help: { "smoothing of the screen, now \(tenths($0)) s; records stay raw" }),
    KeyBinding("Ctrl-L", ["\u{0C}": .repaint], nil, "paint the screen anew"),
  ]

  /// For the manual.
  package static let manual = all.map { (name: $0.name, help: $0.help(0.3)) }

  /// Name of what the key does, in settings; nil if it cannot be changed.
  package var action: String? {
    actions.count == 1 || label == "quit" || label == "help" ? label ?? "repaint" : nil
  }

  /// The actions that can have other keys, and their keys.
  package static let changeable = standard.compactMap { binding in
    binding.action.map { (action: $0, key: binding.name == "Ctrl-L" ? "ctrl-l" : binding.name) }
  }

  /// The key that a word of the settings means: "k", "space", "tab", "ctrl-l".
  package static func key(named word: String) -> Character? {
    let names: [String: Character] = ["space": " ", "tab": "\t", "ctrl-l": "\u{0C}"]
    if let key = names[word.lowercased()] { return key }
    guard word.unicodeScalars.count == 1, let scalar = word.unicodeScalars.first,
      scalar.value > 0x20, scalar.value < 0x7f
    else { return nil }
    return Character(word)
  }

  /// An action whose new key another action has, and that action.
  package static func collision(in changes: [String: Character]) -> (action: String, with: String)?
  {
    let bindings = standard.changed(by: changes)
    for (action, key) in changes.sorted(by: { $0.key < $1.key }) {
      let other = bindings.first { $0.action != action && $0.actions[key] != nil }
      if let other { return (action, other.label ?? "repaint") }
    }
    return nil
  }

  static func action(of key: Character) -> Action? {
    all.lazy.compactMap { $0.actions[key] }.first
  }
}

extension [KeyBinding] {
  func changed(by changes: [String: Character]) -> [KeyBinding] {
    guard !changes.isEmpty else { return self }
    return map { binding in
      guard let name = binding.action, let key = changes[name] else { return binding }
      var binding = binding
      binding.actions = [key: binding.actions.first!.value]
      binding.name = [" ": "space", "\t": "Tab", "\u{0C}": "Ctrl-L"][key] ?? String(key)
      return binding
    }
  }
}

extension KeyBinding {
  private init(
    _ name: String, _ actions: [Character: Action], _ label: String?, _ help: String,
    isForFiles: Bool = false
  ) {
    self.init(
      actions: actions, name: name, label: label, help: { _ in help }, isForFiles: isForFiles)
  }
}
