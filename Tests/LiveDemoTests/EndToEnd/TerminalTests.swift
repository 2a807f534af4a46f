import Foundation
import TestSupport
import Testing

/// The whole program on a pseudo-terminal; numbers are rows of the table of faults.
@Suite(.serialized) struct TerminalTests {
  static let arguments = ["--input", Program.sample, "--realtime", "--loop", "--members", "1"]

  @Test(
    arguments: [
      ("xterm", "C.UTF-8"), ("xterm-256color", "C.UTF-8"), ("xterm-256color", "C"),
      ("linux", "C.UTF-8"), ("vt100", "C"), ("screen", "C.UTF-8"),
    ])
  func row14_everyTerminalShowsTheBarsAndIsRestored(term: String, locale: String) throws {
    let terminal = try PseudoTerminal(
      Self.arguments, environment: ["TERM": term, "LC_ALL": locale])
    #expect(terminal.wait { $0.text.contains("ambiguous") && $0.text.contains("Happiness") })
    #expect(!terminal.isRestored)
    if locale == "C" { #expect(terminal.output.allSatisfy { $0 < 0x80 }) }
    let start = Date()
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
    #expect(Date().timeIntervalSince(start) < 10)
    #expect(terminal.isRestored)
    if term.hasPrefix("xterm") {
      #expect(terminal.text.contains("\u{1b}[?1049h") && terminal.text.contains("\u{1b}[?1049l"))
      #expect(terminal.text.contains("\u{1b}[?25l"))
    }
  }

  @Test(arguments: [nil, "", "dumb", "unknown", "no-such-terminal"] as [String?])
  func row14_withoutAScreenThereAreStatusLines(term: String?) throws {
    let terminal = try PseudoTerminal(
      Self.arguments + ["--duration", "3"], environment: ["TERM": term])
    #expect(terminal.exitCode() == 0)
    #expect(terminal.text.contains("emenet: TERM: "))
    #expect(terminal.text.contains("frames | "))
    #expect(!terminal.text.contains("\u{1b}"))
  }

  /// Without ncurses-term the system describes none of these: the nearest type is used and said.
  /// With it, ncurses finds some in its own folder wherever else it is told to look.
  @Test(
    arguments: [
      ("xterm-kitty", nil, true), ("alacritty", nil, true), ("foot", nil, true),
      ("xterm-ghostty", nil, true), ("wezterm", nil, true), ("tmux-direct", nil, false),
      ("screen.nothing", nil, false), ("something-new", "truecolor", true),
    ] as [(String, String?, Bool)])
  func row14_unknownTypesFallBackAndSaySo(name: String, depth: String?, direct: Bool) throws {
    let terminal = try PseudoTerminal(
      Self.arguments,
      environment: [
        "TERM": name, "COLORTERM": depth, "LC_ALL": "C.UTF-8", "TMUX": nil,
        // Nothing but what the base system has.
        "TERMINFO_DIRS": "/lib/terminfo", "TERMINFO": "/lib/terminfo",
      ])
    #expect(terminal.wait { $0.text.contains("ambiguous") && $0.text.contains("Happiness") })
    let said = terminal.text.components(separatedBy: "does not describe '\(name)'").count - 1
    let isDescribed = FileManager.default.fileExists(
      atPath: "/usr/share/terminfo/\(name.prefix(1))/\(name)")
    #expect(said == (isDescribed ? 0 : 1))
    #expect(terminal.text.contains("38;2;") == direct)
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
    #expect(terminal.isRestored)
  }

  /// 24-bit colours need no description of the system's; NO_COLOR and GNU screen have none.
  @Test(
    arguments: [
      ("xterm-256color", [:], true), ("xterm", [:], true), ("tmux-256color", [:], true),
      ("screen-256color", ["TMUX": "/tmp/tmux"], true), ("screen-256color", [:], false),
      ("xterm-256color", ["NO_COLOR": "1"], false), ("vt100", [:], false),
      ("linux", ["COLORTERM": ""], false),
    ] as [(String, [String: String], Bool)])
  func row14_trueColours(name: String, more: [String: String], direct: Bool) throws {
    var environment: [String: String?] = [
      "TERM": name, "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "TMUX": nil,
    ]
    for (name, value) in more { environment[name] = value }
    let terminal = try PseudoTerminal(Self.arguments, environment: environment)
    #expect(terminal.wait { $0.text.contains("ambiguous") && $0.text.contains("Happiness") })
    #expect(terminal.text.contains("38;2;") == direct)
    #expect(!direct || !terminal.text.contains("38;5;"))
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
  }

  @Test func arrowsSeekInAFile() throws {
    let terminal = try PseudoTerminal(
      Self.arguments, environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("/0:12") })
    /// Of a running clock only the digits that change are sent: the screen is asked for whole.
    func position() -> Int {
      terminal.forgetOutput()
      terminal.type("\u{0C}")
      #expect(terminal.wait { $0.text.contains("/0:12") })
      // The length has a colour of its own.
      return terminal.text.firstMatch(of: /0:(\d\d)(?:\x1b\S*?m)?\/0:12/)
        .flatMap { Int($0.output.1) } ?? -1
    }
    // Not so near the end that five seconds on would begin again.
    while position() > 4 { usleep(200_000) }
    let before = position()
    terminal.type("\u{1b}OC")
    var after = before
    // The clock alone goes on by three meanwhile.
    for _ in 0..<30 where after < before + 5 {
      usleep(100_000)
      after = position()
    }
    #expect(after >= before + 5)
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
  }

  /// Terminals like xterm show a screen at once; others get no byte that they may not know.
  @Test(arguments: [("xterm-256color", true), ("linux", false), ("vt100", false)])
  func screensAreSentWhole(type: String, isSynchronized: Bool) throws {
    let terminal = try PseudoTerminal(
      Self.arguments, environment: ["TERM": type, "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("ambiguous") })
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
    let (begin, end) = ("\u{1b}[?2026h", "\u{1b}[?2026l")
    #expect(terminal.text.contains(begin) == isSynchronized)
    #expect(
      terminal.text.components(separatedBy: begin).count
        == terminal.text.components(separatedBy: end).count)
    #expect(terminal.isRestored)
  }

  @Test func row14_noColourIsHonoured() throws {
    let terminal = try PseudoTerminal(
      Self.arguments,
      environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"])
    #expect(terminal.wait { $0.text.contains("ambiguous") })
    #expect(!terminal.text.contains("38;5;") && !terminal.text.contains("48;5;"))
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
  }

  @Test func row14_anySizeAndAStormOfResizes() throws {
    let terminal = try PseudoTerminal(
      Self.arguments, columns: 1, rows: 1,
      environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("t") })
    terminal.resize(60, 10)
    #expect(terminal.wait { $0.text.contains("Last minute") })
    for step in 0..<400 {
      terminal.resize(UInt16(1 + step * 37 % 500), UInt16(1 + step * 23 % 200))
      // Row 8: signals more often than the screen can follow.
      terminal.send(SIGWINCH)
      usleep(1000)
      _ = terminal.wait(seconds: 0) { _ in true }
    }
    terminal.resize(80, 24)
    terminal.forgetOutput()
    terminal.type("\u{0C}")
    #expect(terminal.wait { $0.text.contains("lip corner puller") })
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
    #expect(terminal.isRestored)
  }

  @Test func row8_aStormOfSignalsLosesNoFrameUncounted() throws {
    let folder = ScratchFolder()
    let json = folder.file("out.jsonl")
    let terminal = try PseudoTerminal(
      Self.arguments + ["--json", json],
      environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("ambiguous") })
    for _ in 0..<3000 {
      terminal.send(SIGWINCH)
      usleep(1000)
      _ = terminal.wait(seconds: 0) { _ in true }
    }
    terminal.forgetOutput()
    terminal.type("\u{0C}")
    #expect(terminal.wait { $0.text.contains("lip corner puller") })
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
    #expect(terminal.isRestored)
    let records = try LiveRecord.all(in: json)
    #expect(records.last!.time > 2)
    for record in records {
      #expect(record.frame + record.dropped == Int((record.time * 30).rounded()))
    }
  }

  @Test(arguments: [nil, SIGHUP])
  func row11_aTerminalThatGoesEndsTheRunWell(signal: Int32?) throws {
    let folder = ScratchFolder()
    let (json, video) = (folder.file("out.jsonl"), folder.file("out.avi"))
    let terminal = try PseudoTerminal(
      Self.arguments + ["--json", json, "--save-file", video],
      environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("Happiness") })
    #expect(terminal.wait { _ in FileManager.default.contents(atPath: video)?.isEmpty == false })
    terminal.hangUp()
    if let signal { terminal.send(signal) }
    #expect(terminal.exitCode() == 0)
    #expect(try !LiveRecord.all(in: json).isEmpty)
    #expect(try !VideoProbe(video).times.isEmpty)
  }

  /// As long recordings should be; two within a second have two names.
  @Test func theKeyRRecordsMatroska() throws {
    let folder = ScratchFolder()
    let terminal = try PseudoTerminal(
      ["--chdir", folder.path, Program.path] + Self.arguments, executable: "/usr/bin/env",
      environment: ["TERM": "xterm", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("Happiness") })
    terminal.type("r")
    #expect(terminal.wait { $0.text.contains("recording emenet-") })
    usleep(300_000)
    terminal.type("r")
    #expect(terminal.wait { $0.text.contains("saved emenet-") })
    terminal.type("r")
    #expect(terminal.wait { _ in folder.names().count == 2 })
    usleep(300_000)
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
    for name in folder.names() {
      #expect(name.hasSuffix(".mkv"))
      #expect(try VideoProbe(folder.file(name)).times.count >= 1)
    }
  }

  /// Row 11: stopped and continued, the screen is whole again.
  @Test func row11_suspendedTerminalsAreRestoredAndRepainted() throws {
    let terminal = try PseudoTerminal(
      Self.arguments, environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("ambiguous") })
    terminal.send(SIGTSTP)
    #expect(terminal.wait { $0.text.contains("\u{1b}[?1049l") })
    #expect(terminal.wait { $0.isStopped })
    #expect(terminal.isRestored)
    terminal.forgetOutput()
    terminal.send(SIGCONT)
    #expect(terminal.wait { $0.text.contains("lip corner puller") })
    #expect(!terminal.isRestored)
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
    #expect(terminal.isRestored)
  }

  /// Row 12: the handler for crashes gives the terminal back.
  @Test(arguments: [SIGSEGV, SIGABRT, SIGTRAP])
  func row12_crashesRestoreTheTerminal(signal: Int32) throws {
    let terminal = try PseudoTerminal(
      Self.arguments, environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("ambiguous") })
    terminal.send(signal)
    #expect(terminal.exitCode() == signal)
    #expect(terminal.isRestored)
    #expect(terminal.text.contains("\u{1b}[?1049l"))
  }

  @Test func helpAnswersWithin100Milliseconds() throws {
    let terminal = try PseudoTerminal(
      Self.arguments, environment: ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"])
    #expect(terminal.wait { $0.text.contains("ambiguous") })
    var delays: [Double] = []
    for _ in 0..<5 {
      terminal.forgetOutput()
      let start = Date()
      terminal.type("?")
      #expect(terminal.wait { $0.text.contains("this face is neutral now") })
      delays.append(Date().timeIntervalSince(start))
      terminal.type("?")
      usleep(200_000)
      _ = terminal.wait(seconds: 0) { _ in true }
    }
    // The best of five: the machine may be doing other things.
    #expect((delays.min() ?? 1) < 0.1, "\(delays)")
    terminal.type("q")
    #expect(terminal.exitCode() == 0)
  }
}
