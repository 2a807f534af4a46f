import Reading

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

  /// Most important first: a narrow legend drops the last ones.
  static let all: [KeyBinding] = [
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

  static func action(of key: Character) -> Action? {
    all.lazy.compactMap { $0.actions[key] }.first
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
