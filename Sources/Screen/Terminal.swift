import CNcurses
import Glibc
import Runtime
import Theme

/// The terminal through ncurses, which sends only what changed. For use on one thread.
final class Terminal {
  let glyphs: Glyphs
  /// 0 without colours
  let colors: Int
  /// What the terminal holds.
  private(set) var shown: Canvas?
  private var pairs = ColorPairs(limit: 0)
  private let screen: OpaquePointer
  private let output: TerminalOutput
  private var isOpen = true
  private var isSuspended = false
  private var repaints = false
  private let pixels: PixelTerminal
  private var picture: PlacedPicture?
  /// What was typed before the first screen.
  private var typed: [UInt8]

  init(_ type: TerminalType, preview: PreviewMode) throws(TerminalError) {
    setlocale(LC_CTYPE, "")
    let isUnicode = String(cString: nl_langinfo(Int32(CODESET))) == "UTF-8"
    let wantsColors = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
    CrashRescue.arm(writing: "\u{1b}[?1049l\u{1b}[?25h\u{1b}[0m\r\n")
    guard let output = TerminalOutput(),
      let screen = Self.open(type, output, wantsColors: wantsColors)
    else {
      CrashRescue.disarm()
      throw .unusable(name: type.name)
    }
    (self.output, self.screen) = (output, screen)
    set_term(screen)
    // "XT" means compatible with xterm, so unknown modes are ignored.
    output.isSynchronized = type.hasDirectColors || emenet_terminfo_flag("XT") > 0
    emenet_curses_keys()
    curs_set(0)
    pixels = PixelTerminal(preview, name: type.used)
    typed = pixels.typed
    // The Linux console has one font of 512 glyphs.
    glyphs = !isUnicode ? .ascii : type.used.hasPrefix("linux") ? .console : .unicode
    if wantsColors, has_colors(), start_color() == OK {
      use_default_colors()
      colors = Int(emenet_curses_colors())
      pairs = ColorPairs(limit: Int(emenet_curses_pairs()))
    } else {
      colors = 0
    }
  }

  deinit { close() }

  private static func open(
    _ type: TerminalType, _ output: TerminalOutput, wantsColors: Bool
  ) -> OpaquePointer? {
    if wantsColors, type.hasDirectColors, let direct = DirectColors(type.used),
      let screen = direct.use({ emenet_curses_open(type.used, output.file) })
    {
      return screen
    }
    return emenet_curses_open(type.used, output.file)
  }

  var columns: Int { Int(emenet_curses_columns()) }
  var rows: Int { Int(emenet_curses_rows()) }

  /// Queries the size instead of waiting for SIGWINCH, so any number of such signals does no harm.
  func fitWindow() {
    var size = winsize()
    guard emenet_window_size(&size) == 0, size.ws_row > 0, size.ws_col > 0 else { return }
    let (rows, columns) = (Int32(size.ws_row), Int32(size.ws_col))
    if is_term_resized(rows, columns) {
      resizeterm(rows, columns)
      repaints = true
    }
  }

  func show(_ canvas: Canvas) {
    var canvas = canvas
    var tail: [UInt8] = []
    if let picture, picture.area != canvas.picture?.area { repaints = true }
    if repaints {
      emenet_curses_repaint()
      shown = nil
      if picture.take() != nil { tail = pixels.removal }
      repaints = false
    }
    if shown?.columns != canvas.columns || shown?.rows != canvas.rows {
      emenet_curses_erase()
      shown = nil
    }
    // Starting over between two pictures keeps the pairs of any one picture distinct.
    if pairs.isNearlyFull {
      pairs.removeAll()
      shown = nil
    }
    for row in 0..<canvas.rows {
      for column in 0..<canvas.columns {
        let cell = canvas[column, row]
        if let shown {
          let former = shown[column, row]
          if former == cell { continue }
          // Invisible differences are not sent.
          if former.looksLike(cell) {
            canvas[column, row] = former
            continue
          }
        }
        emenet_curses_put(
          Int32(row), Int32(column), wchar_t(truncatingIfNeeded: cell.glyph.value),
          attributes(cell.style), pair(cell.style))
      }
    }
    if let next = canvas.picture, next != picture {
      tail += pixels.sequence(for: next)
      picture = next
    }
    shown = canvas
    if isSuspended {
      // ncurses first sets the terminal's modes again, and needs the terminal to do so.
      emenet_curses_refresh()
      isSuspended = false
      picture = nil
    } else {
      output.collect(tail: tail) { emenet_curses_refresh() }
    }
  }

  /// Pixels of a cell, if pictures are shown in pixels.
  var cell: (width: Int, height: Int)? { pixels.pixels == nil ? nil : PixelTerminal.cell }

  /// Bytes per second that the preview may use; more for pixels on a terminal of this machine.
  var pictureRate: Double {
    pixels.pixels != nil && pixels.isNear
      ? 2_000_000 : ScreenModel.pictureRate(cells: columns * rows)
  }

  /// The cost of the last screen.
  var cost: TerminalOutput.Cost { output.cost }

  /// The keys pressed since the last call. Of the keys that are not characters, only the arrows `←`
  /// and `→` are returned. nil if the terminal has gone.
  func keys() -> [Character]? {
    var keys = String(decoding: typed, as: UTF8.self).map(\.self)
    typed = []
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard poll(&input, 1, 0) > 0 else { return keys }
    if input.revents & Int16(POLLERR | POLLNVAL) != 0 { return nil }
    var isEmpty = true
    while true {
      let key = emenet_curses_key()
      // Input that is ready but yields nothing is at its end.
      if key == ERR { return isEmpty ? nil : keys.withoutAnswers }
      isEmpty = false
      if key == emenet_key_left || key == emenet_key_right {
        keys.append(key == emenet_key_left ? "←" : "→")
        continue
      }
      guard key < emenet_key_first, let scalar = UInt32(exactly: key).flatMap(Unicode.Scalar.init)
      else { continue }
      keys.append(Character(scalar))
    }
  }

  /// The next ``show(_:)`` sends everything again.
  func repaint() { repaints = true }

  /// Releases the terminal; the next ``show(_:)`` takes it again.
  func suspend() {
    if picture != nil { output.collect(tail: pixels.removal) {} }
    endwin()
    isSuspended = true
    repaints = true
  }

  func close() {
    guard isOpen else { return }
    isOpen = false
    if picture != nil { output.collect(tail: pixels.removal) {} }
    endwin()
    delscreen(screen)
    CrashRescue.disarm()
  }

  private func attributes(_ style: Style) -> attr_t {
    (style.isBold ? emenet_curses_bold : 0)
      | (style.isReversed ? emenet_curses_reverse : 0)
      // Without many colours, the terminal's dim attribute stands for grey.
      | (colors < 256 && (style.ink == .faint || style.ink == .muted) ? emenet_curses_dim : 0)
  }

  private func pair(_ style: Style) -> Int32 {
    guard colors > 0 else { return 0 }
    let ink = color(style.ink)
    let ground = color(style.ground)
    return ink < 0 && ground < 0 ? 0 : pairs.number(ink, ground)
  }

  /// -1 is the terminal's own colour.
  private func color(_ ink: Ink) -> Int32 {
    guard colors >= 256 else { return ink.basic ?? -1 }
    guard let (red, green, blue) = ink.rgb else { return ink.basic ?? -1 }
    if colors >= 1 << 24 {
      // The first eight indices are the basic colours.
      return max(8, Int32(red) << 16 | Int32(green) << 8 | Int32(blue))
    }
    return Palette256.nearest(red, green, blue)
  }
}

extension [Character] {
  /// A terminal that was too slow to answer does it later; its answer is no key.
  fileprivate var withoutAnswers: [Character] {
    guard contains("\u{1b}") else { return self }
    var bytes = [UInt8](String(self).utf8)
    while TerminalAnswer.take(from: &bytes) != nil {}
    return String(decoding: bytes, as: UTF8.self).map(\.self)
  }
}

/// Maps colours to the numbers of ncurses' colour pairs.
private struct ColorPairs {
  private var numbers: [UInt64: Int32] = [:]
  /// ncurses has pairs up to this number; 0 is the terminal's own.
  let limit: Int

  init(limit: Int) {
    self.limit = min(limit, 32767)
  }

  var isNearlyFull: Bool { limit > 256 && numbers.count > limit / 2 }

  mutating func removeAll() { numbers = [:] }

  /// The plain pair if none are left.
  mutating func number(_ ink: Int32, _ ground: Int32) -> Int32 {
    let key = UInt64(UInt32(bitPattern: ink)) << 32 | UInt64(UInt32(bitPattern: ground))
    if let number = numbers[key] { return number }
    let next = Int32(numbers.count + 1)
    guard next < limit, init_extended_pair(next, ink, ground) == OK else { return 0 }
    numbers[key] = next
    return next
  }
}
