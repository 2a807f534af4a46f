import CNcurses
import Glibc

package enum TerminalError: Error, Equatable {
  /// TERM is unset, or names a terminal that cannot place a cursor.
  case unusable(name: String?)
}

/// The terminal description to draw with, found from the environment without sending the terminal a
/// byte.
package struct TerminalType: Equatable, Sendable {
  /// The value of TERM.
  package let name: String
  /// The description in use: that of ``name``, or of the nearest type that the system knows.
  package let used: String
  /// True if it accepts 24-bit colours.
  let hasDirectColors: Bool

  package var isSubstituted: Bool { name != used }

  /// Throws if the terminal cannot place a cursor.
  package init() throws(TerminalError) {
    func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
    let depth = variable("COLORTERM") ?? ""
    guard let name = variable("TERM"),
      let used = Self.candidates(for: name, isModern: !depth.isEmpty).first(where: {
        Self.canPlaceCursor($0)
      })
    else { throw .unusable(name: variable("TERM")) }
    self.name = name
    self.used = used
    // GNU screen uses 24-bit colour sequences for something else; tmux often goes by its name.
    let isScreen = name.hasPrefix("screen") && variable("TMUX") == nil
    hasDirectColors =
      (["truecolor", "24bit"].contains(depth) || Self.isDirect(name)) && !isScreen
  }

  /// `name`, followed by substitutes if the system does not know it: all of them understand xterm's
  /// or screen's sequences.
  ///
  /// - Parameter isModern: true if COLORTERM is set, as by terminals that only extend xterm
  static func candidates(for name: String, isModern: Bool) -> [String] {
    guard !name.isEmpty else { return [] }
    let family = name.prefix { $0 != "-" && $0 != "." && $0 != "+" }
    switch family {
    case "tmux", "screen": return [name, "tmux-256color", "screen-256color", "screen"]
    case "rxvt": return [name, "rxvt-unicode-256color", "xterm-256color", "xterm"]
    case "xterm", "alacritty", "foot", "footclient", "ghostty", "kitty", "wezterm", "contour",
      "rio", "konsole", "vte", "gnome", "st", "stterm", "iterm", "iterm2", "mintty", "putty",
      "mlterm", "eterm", "terminator", "terminology", "nsterm", "ms":
      return [name, "xterm-256color", "xterm"]
    default: return isModern && name != "dumb" ? [name, "xterm-256color", "xterm"] : [name]
    }
  }

  /// Types that always have 24-bit colours; COLORTERM, which says so, is lost over ssh.
  static func isDirect(_ name: String) -> Bool {
    ["alacritty", "foot", "ghostty", "kitty", "wezterm", "contour", "rio"].contains {
      name.hasPrefix($0) || name.hasPrefix("xterm-" + $0)
    }
  }

  /// Reads only the description; the terminal gets no byte.
  private static func canPlaceCursor(_ name: String) -> Bool {
    var status: Int32 = 0
    guard setupterm(name, STDOUT_FILENO, &status) == OK else { return false }
    defer { del_curterm(emenet_curses_terminal()) }
    return emenet_curses_has("cup")
  }
}
