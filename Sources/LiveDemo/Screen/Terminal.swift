import CNcurses
import Glibc

enum TerminalError: Error, Equatable {
  /// TERM is unset or nothing that can place a cursor.
  case unusable(name: String?)
}

/// The terminal through ncurses, which sends only what changed. For one thread.
final class Terminal {
  let isUnicode: Bool
  /// 0 without colours
  let colors: Int
  private var screen: OpaquePointer?
  private var isOpen = true

  init() throws(TerminalError) {
    setlocale(LC_ALL, "")
    isUnicode = String(cString: nl_langinfo(Int32(CODESET))) == "UTF-8"
    let name = getenv("TERM").map { String(cString: $0) }
    guard let name, !name.isEmpty, name != "dumb" else { throw .unusable(name: name) }
    TerminalRescue.remember()
    guard let screen = emenet_curses_open() else { throw .unusable(name: name) }
    self.screen = screen
    set_term(screen)
    emenet_curses_keys()
    curs_set(0)
    let wantsColors = (getenv("NO_COLOR").map { $0.pointee == 0 }) ?? true
    if wantsColors, has_colors() {
      start_color()
      use_default_colors()
      colors = Int(emenet_curses_colors())
    } else {
      colors = 0
    }
  }

  deinit { close() }

  var columns: Int { Int(emenet_curses_columns()) }
  var rows: Int { Int(emenet_curses_rows()) }

  func show(_ canvas: Canvas) {
    emenet_curses_erase()
    for row in 0..<canvas.rows {
      for column in 0..<canvas.columns {
        let cell = canvas[column, row]
        if cell == Canvas.Cell() { continue }
        emenet_curses_put(
          Int32(row), Int32(column), wchar_t(bitPattern: cell.glyph.value),
          attributes(cell.style), pair(cell.style))
      }
    }
    emenet_curses_refresh()
  }

  /// The keys pressed since the last call; a resize is none.
  func keys() -> [Int32] {
    var keys: [Int32] = []
    while true {
      let key = emenet_curses_key()
      if key == ERR { return keys }
      if key != emenet_key_resize { keys.append(key) }
    }
  }

  /// Everything is sent anew with the next `show`.
  func repaint() { emenet_curses_repaint() }

  /// Gives the terminal back; the next `show` takes it again.
  func suspend() { endwin() }

  func close() {
    guard isOpen else { return }
    isOpen = false
    endwin()
    delscreen(screen)
    TerminalRescue.forget()
  }

  private func attributes(_ style: Style) -> attr_t {
    (style.isBold ? emenet_curses_bold : 0) | (style.isDim ? emenet_curses_dim : 0)
      | (style.isReversed ? emenet_curses_reverse : 0)
  }

  private func pair(_ style: Style) -> Int32 {
    guard colors > 0, style.ink != .plain || style.ground != .plain else { return 0 }
    // ncurses finds the pair again or takes the one that was not used for longest.
    return max(0, alloc_pair(color(style.ink), color(style.ground)))
  }

  /// -1 is the terminal's own colour.
  private func color(_ ink: Ink) -> Int32 {
    guard colors >= 256 else { return ink.basic ?? -1 }
    guard let (red, green, blue) = ink.rgb else { return -1 }
    if colors >= 1 << 24 { return Int32(red) << 16 | Int32(green) << 8 | Int32(blue) }
    return Self.nearest256(red, green, blue)
  }

  /// xterm's cube of 6 x 6 x 6 colours from 16 on and its 24 greys from 232 on.
  static func nearest256(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int32 {
    let levels = [0, 95, 135, 175, 215, 255]
    func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
      let (dr, dg, db) = (r - Int(red), g - Int(green), b - Int(blue))
      return dr * dr + dg * dg + db * db
    }
    func step(_ value: UInt8) -> Int {
      levels.indices.min { abs(levels[$0] - Int(value)) < abs(levels[$1] - Int(value)) } ?? 0
    }
    let (r, g, b) = (step(red), step(green), step(blue))
    let grey = min(23, max(0, ((Int(red) + Int(green) + Int(blue)) / 3 - 3) / 10))
    let isGrey =
      distance(8 + 10 * grey, 8 + 10 * grey, 8 + 10 * grey)
      < distance(levels[r], levels[g], levels[b])
    return Int32(isGrey ? 232 + grey : 16 + 36 * r + 6 * g + b)
  }
}
