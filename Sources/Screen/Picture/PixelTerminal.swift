import CChafa
import CNcurses
import Glibc
import Runtime

/// The sequences that make a terminal show pixels.
enum PixelProtocol: Equatable, Sendable { case sixel, kitty }

/// What a terminal can show besides text, according to its environment and itself.
struct PixelTerminal {
  /// nil if it shows text alone.
  let pixels: PixelProtocol?
  /// Whether the terminal runs on this machine, so that bytes cost little.
  let isNear: Bool
  /// What was typed while the terminal was asked.
  let typed: [UInt8]
  /// libchafa's description
  private let info: OpaquePointer

  /// Time for a terminal to answer, ms. One that is slower shows symbols.
  private static let patience: Int32 = 200
  /// The terminal's own number of pixels in a cell, if it does not tell.
  private static let usualCell = (width: 8, height: 16)

  /// Call once ncurses has set the terminal's modes. Lives as long as the program.
  init(_ mode: PreviewMode, name: String) {
    info = Self.detect()
    isNear = getenv("SSH_CONNECTION") == nil && getenv("SSH_TTY") == nil
    var typed: [UInt8] = []
    switch mode {
    case .symbols, .off: pixels = nil
    case .sixel: pixels = .sixel
    case .kitty: pixels = .kitty
    case .auto where !isNear: pixels = nil
    case .auto:
      if chafa_term_info_have_seq(info, CHAFA_TERM_SEQ_BEGIN_KITTY_IMMEDIATE_IMAGE_V1) != 0 {
        pixels = .kitty
      } else if chafa_term_info_have_seq(info, CHAFA_TERM_SEQ_BEGIN_SIXELS) != 0 {
        pixels = .sixel
      } else if Self.mayAnswer(name) {
        let answer = Self.ask()
        typed = answer.typed
        pixels = answer.attributes.contains(4) ? .sixel : nil
      } else {
        pixels = nil
      }
    }
    self.typed = typed
    // For a terminal that libchafa does not know by name.
    chafa_term_info_supplement(info, chafa_term_db_get_fallback_info(chafa_term_db_get_default()))
  }

  private static func detect() -> OpaquePointer {
    chafa_term_db_detect(chafa_term_db_get_default(), environ)
  }

  /// Whether the terminal knows the question; the others would show nothing else anyway.
  private static func mayAnswer(_ name: String) -> Bool {
    !["linux", "screen", "tmux", "dumb", "ansi", "cons"].contains { name.hasPrefix($0) }
  }

  /// Asks for the terminal's primary attributes (DA1). 4 among them means sixel.
  private static func ask() -> (attributes: [Int], typed: [UInt8]) {
    guard isatty(STDIN_FILENO) == 1, write(STDOUT_FILENO, "\u{1b}[c", 3) == 3 else {
      return ([], [])
    }
    var bytes: [UInt8] = []
    let end = monotonicNanoseconds() + UInt64(patience) * 1_000_000
    while monotonicNanoseconds() < end {
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&input, 1, Int32((end - monotonicNanoseconds()) / 1_000_000)) > 0 else { break }
      var byte: UInt8 = 0
      guard read(STDIN_FILENO, &byte, 1) == 1 else { break }
      bytes.append(byte)
      if let answer = TerminalAnswer.take(from: &bytes) { return (answer, bytes) }
    }
    return ([], bytes)
  }

  /// Pixels of a cell.
  static var cell: (width: Int, height: Int) {
    var size = winsize()
    guard emenet_window_size(&size) == 0, size.ws_xpixel > 0, size.ws_ypixel > 0, size.ws_col > 0,
      size.ws_row > 0
    else { return usualCell }
    return (
      max(1, Int(size.ws_xpixel) / Int(size.ws_col)), max(1, Int(size.ws_ypixel) / Int(size.ws_row))
    )
  }

  /// The picture at its place, with the cursor where it was.
  func sequence(for picture: PlacedPicture) -> [UInt8] {
    guard let pixels else { return [] }
    let area = picture.area
    var bytes = Array("\u{1b}7\u{1b}[\(area.row + 1);\(area.column + 1)H".utf8)
    if pixels == .kitty { bytes += Self.forgetKitty }
    bytes += PictureRenderer.shared.sequence(picture, pixels, info)
    for label in picture.labels {
      bytes += Array(
        "\u{1b}[\(label.row + 1);\(label.column + 1)H\u{1b}[0;1;7m\(label.text)\u{1b}[0m".utf8)
    }
    return bytes + Array("\u{1b}8".utf8)
  }

  /// What removes the picture besides overwriting it.
  var removal: [UInt8] { pixels == .kitty ? Self.forgetKitty : [] }

  private static let forgetKitty = Array("\u{1b}_Ga=d,q=2\u{1b}\\".utf8)
}

/// A terminal's answer to DA1: "\e[?64;4c".
enum TerminalAnswer {
  /// Removes the answer from what arrived; nil if it is not complete.
  static func take(from bytes: inout [UInt8]) -> [Int]? {
    let opening = Array("\u{1b}[?".utf8)
    guard let start = bytes.firstRange(of: opening) else { return nil }
    let rest = bytes[start.upperBound...]
    guard let end = rest.firstIndex(where: { !(0x30...0x3b).contains($0) }),
      bytes[end] == UInt8(ascii: "c")
    else { return nil }
    let numbers = String(decoding: bytes[start.upperBound..<end], as: UTF8.self)
      .split(separator: ";").compactMap { Int($0) }
    bytes.removeSubrange(start.lowerBound...end)
    return numbers
  }
}
