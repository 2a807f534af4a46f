import Foundation
import TestSupport
import Testing

/// Every way to end, with the exit code of the interface and a message that names the cause.
@Suite struct ExitCodeTests {
  @Test(
    arguments: [
      (["--version"], 0), (["--help"], 0), (["live", "--help"], 0), (["completions", "fish"], 0),
      (["--nonsense"], 64), (["nonsense"], 64), (["--fps", "x"], 64), (["stray", "words"], 64),
      (["--device", "0", "--input", "x"], 64),
    ] as [([String], Int32)])
  func commandLine(words: [String], exitCode: Int32) throws {
    let outcome = try Program.run(words)
    #expect(outcome.exitCode == exitCode)
    #expect(outcome.errors.isEmpty == (exitCode == 0))
    if exitCode != 0 { #expect(outcome.errors.hasPrefix("emenet: ")) }
  }

  private static let lines = [
    ("--save", ["--save-dir", "--save-file"]), ("pre", ["predict"]), ("--state c", ["carry"]),
    ("predict --state re", ["reset"]), ("bench --stage d", ["decode", "detect", "draw"]),
    ("completions z", ["zsh"]), ("checkpoint s", ["show"]), ("image --per", ["--per-member"]),
  ]

  @Test(
    arguments: lines + [
      ("live --state = r", ["reset"]), ("image --json no", []),
      ("live --save-dir /us", ["/usr"]), ("live --frames 1", []), ("report --ex", ["--exclude"]),
    ])
  func bashCompletesNamesAndValues(line: String, words: [String]) throws {
    let outcome = try Program.run(
      bash: #"""
        eval "$("$0" completions bash)"
        COMP_WORDS=(emenet $1) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _emenet
        printf '%s\n' "${COMPREPLY[@]}" | sort
        """#, [line])
    #expect(outcome.output.split(separator: "\n").map(String.init) == words)
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/fish"), "needs fish"))
  func fishCompletesNamesAndValues() throws {
    for (line, words) in Self.lines {
      let outcome = try Program.run(
        bash: #"fish -c "$0 completions fish | source; complete -C 'emenet $1'""#, [line])
      let found = outcome.output.split(separator: "\n").map {
        String($0.split(separator: "\t")[0])
      }
      // Also file names, if an option takes one.
      #expect(Set(words).isSubset(of: found), "\(line): \(found)")
    }
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zsh"), "needs zsh"))
  func zshReadsItsCompletions() throws {
    let outcome = try Program.run(
      bash: #"HOME=/proc/none zsh -fc "source <($0 completions zsh); whence -w _emenet""#, [])
    #expect(outcome.output == "_emenet: function\n", "\(outcome.errors)")
  }
}
