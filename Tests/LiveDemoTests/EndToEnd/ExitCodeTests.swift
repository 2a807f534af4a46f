import Foundation
import TestSupport
import Testing

/// Each way to end, with the code of the interface and a message that names the thing.
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

  @Test func bashReadsItsCompletions() throws {
    let script = try Program.run(["completions", "bash"]).output
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("emenet.bash")
      try (script + "\nCOMP_WORDS=(emenet --save) COMP_CWORD=1; _emenet; echo \"${COMPREPLY[@]}\"")
        .write(to: file, atomically: true, encoding: .utf8)
      let bash = Process()
      let pipe = Pipe()
      bash.executableURL = URL(fileURLWithPath: "/bin/bash")
      bash.arguments = [file.path]
      bash.standardOutput = pipe
      try bash.run()
      bash.waitUntilExit()
      let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(words == "--save-file\n")
    }
  }
}
