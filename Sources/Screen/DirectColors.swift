import CNcurses
import Glibc

/// A terminal's description with 24-bit colours instead of its palette.
///
/// ncurses sends 24-bit colours if the description has the flag `RGB` (user_caps(5)). Debian's base
/// system describes no such type, so the current description is read through terminfo(3), changed
/// and returned as text, which ncurses accepts from TERMINFO in place of a folder (`infocmp -Q1`
/// prints the same).
struct DirectColors {
  private var strings: [String: [UInt8]] = [:]
  private var numbers: [String: Int32] = [:]
  private var flags: Set<String> = []
  private let name: String

  /// nil if the terminal does not accept colours through the escape sequences of ECMA-48.
  init?(_ name: String) {
    var status: Int32 = 0
    guard setupterm(name, STDOUT_FILENO, &status) == OK else { return nil }
    defer { del_curterm(emenet_curses_terminal()) }
    self.name = name
    for name in Self.names(emenet_terminfo_flag_name) where emenet_terminfo_flag(name) > 0 {
      flags.insert(name)
    }
    for name in Self.names(emenet_terminfo_number_name) {
      let number = emenet_terminfo_number(name)
      if number >= 0 { numbers[name] = number }
    }
    for name in Self.names(emenet_terminfo_string_name) {
      if let text = emenet_terminfo_string(name) {
        strings[name] = text.withMemoryRebound(to: UInt8.self, capacity: strlen(text)) {
          Array(UnsafeBufferPointer(start: $0, count: strlen(text)))
        }
      }
    }
    guard strings["setaf"]?.starts(with: "\u{1b}[".utf8) == true else { return nil }
    // The first eight numbers stay the basic colours.
    func select(_ basic: Int, _ direct: Int) -> [UInt8] {
      Array(
        ("\u{1b}[%?%p1%{8}%<%t\(basic)%p1%d%e\(direct);2;%p1%{65536}%/%d;"
          + "%p1%{256}%/%{255}%&%d;%p1%{255}%&%d%;m").utf8)
    }
    strings["setaf"] = select(3, 38)
    strings["setab"] = select(4, 48)
    strings["op"] = Array("\u{1b}[39;49m".utf8)
    for name in ["setf", "setb", "initc", "oc"] { strings[name] = nil }
    flags.remove("ccc")
    numbers["colors"] = 1 << 24
    numbers["pairs"] = 1 << 16
  }

  /// Runs `body` while ncurses finds this description under the type's name.
  func use<R>(_ body: () -> R) -> R {
    let former = getenv("TERMINFO").map { String(cString: $0) }
    let digits = compiled.map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
    setenv("TERMINFO", "hex:" + digits.joined(), 1)
    defer { if let former { setenv("TERMINFO", former, 1) } else { unsetenv("TERMINFO") } }
    return body()
  }

  /// The format of term(5) with 32-bit numbers, and `RGB` as its only extended capability.
  private var compiled: [UInt8] {
    var body: [UInt8] = Array(name.utf8) + [0]
    let nameSize = body.count
    let flagNames = Self.names(emenet_terminfo_flag_name)
    let numberNames = Self.names(emenet_terminfo_number_name)
    let stringNames = Self.names(emenet_terminfo_string_name)
    body += flagNames.map { flags.contains($0) ? 1 : 0 }
    // Numbers begin at even offsets; the header has an even length.
    if body.count % 2 == 1 { body.append(0) }
    for name in numberNames { body += Self.bytes(numbers[name] ?? -1, 4) }
    var table: [UInt8] = []
    for name in stringNames {
      body += Self.bytes(strings[name] == nil ? -1 : Int32(table.count), 2)
      if let text = strings[name] { table += text + [0] }
    }
    body += table
    if table.count % 2 == 1 { body.append(0) }
    let sizes = [
      nameSize, flagNames.count, numberNames.count, stringNames.count, table.count,
    ]
    var header = Self.bytes(0o1036, 2)
    for size in sizes { header += Self.bytes(Int32(size), 2) }
    // One flag, no numbers, no strings; one name in the table of four bytes, the flag's.
    var extended: [UInt8] = []
    for count: Int32 in [1, 0, 0, 1, 4] { extended += Self.bytes(count, 2) }
    extended += [1, 0, 0, 0]
    extended += Array("RGB".utf8)
    return header + body + extended + [0]
  }

  private static func bytes(_ value: Int32, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * Int32($0))) }
  }

  /// terminfo's own capabilities, in its order.
  private static func names(_ name: (Int32) -> UnsafePointer<CChar>?) -> [String] {
    var names: [String] = []
    while let next = name(Int32(names.count)) { names.append(String(cString: next)) }
    return names
  }
}
