import Foundation
import TestSupport
import Testing

/// A video from a pipe is played as it arrives, without seeking.
@Suite struct PipeInputTests {
  private let folder = ScratchFolder()
  private var json: String { folder.file("out.jsonl") }

  /// 20 frames that can be read without seeking.
  private func matroska() throws -> String {
    let path = folder.file("clip.mkv")
    let outcome = try Program.run(
      [
        "--input", Program.sample, "--frames", "20", "--members", "1", "--no-ui", "--save-file",
        path,
      ])
    try #require(outcome.exitCode == 0, "\(outcome.errors)")
    return path
  }

  @Test(arguments: [
    #"cat "$1" | "$0" --members 1 --json - --input -"#,
    #"cat "$1" | "$0" --members 1 --json - -"#,
    // A file as standard input can be seeked, so its index may be at the end.
    #""$0" --members 1 --json - --input - < "$1""#,
    #"mkfifo "$1.fifo"; { sleep 1; cat "$1" > "$1.fifo"; } & "$0" --members 1 --json - --input "$1.fifo""#,
  ])
  func everyFrameOfAPipeIsRead(line: String) throws {
    let outcome = try Program.run(bash: line, [try matroska()])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(outcome.output.split(separator: "\n").count == 20)
  }

  /// An MP4 file lists its frames; only those that the pipe did not bring are missing.
  @Test(arguments: [(#"cat "$1""#, false), (#"head -c 300000 "$1""#, true)])
  func whatAnMP4FileListsIsMissedOnlyIfCutOff(writer: String, isCut: Bool) throws {
    let outcome = try Program.run(
      bash: writer + #" | "$0" --members 1 --json - --input -"#, [Program.sample])
    #expect(outcome.errors.contains("damaged, cut off") == isCut, "\(outcome.errors.suffix(200))")
    #expect((outcome.output.split(separator: "\n").count == 360) == !isCut)
  }

  @Test func predictReadsStandardInput() throws {
    let outcome = try Program.run(
      bash: #"cat "$1" | "$0" predict --members 1 --output-dir "$2" -"#,
      [try matroska(), folder.file("out")])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let lines = try String(
      contentsOfFile: folder.file("out/merged/EXPR/stdin.txt"), encoding: .utf8)
    #expect(lines.split(separator: "\n").count == 21)
  }

  /// Pictures that have arrived are shown although the writer pauses, and a signal ends the wait.
  @Test func aWriterThatPausesHoldsNothingBack() throws {
    let video = folder.file("out.mkv")
    let program = try Program(
      [
        "-c", #"exec "$0" "${@:2}" < <(cat "$1"; exec sleep 60)"#, Program.path, try matroska(),
        "--input", "-", "--members", "1", "--no-ui", "--json", json, "--save-file", video,
      ],
      executable: "/bin/bash")
    // 15 records of 20.
    #expect(program.wait(for: json, bytes: 40_000))
    program.send(SIGTERM)
    #expect(try program.finish().exitCode == 0)
    #expect(try LiveRecord.all(in: json).count >= 10)
    #expect(try VideoProbe(video).times.count >= 10)
  }

  /// Standard input supplies the pictures; the screen gets keys from the terminal.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
  func theScreenHasItsKeysBesideAPipe() throws {
    let script = folder.file("run")
    try """
    stty cols 80 rows 24
    export TERM=xterm LC_ALL=C.UTF-8
    exec '\(Program.path)' --members 1 --input - < <(cat '\(matroska())'; exec sleep 100)
    """.write(toFile: script, atomically: false, encoding: .utf8)
    let start = Date()
    let outcome = try Program.run(
      bash: #"while sleep 1 && printf q; do :; done | script -qec "bash $1" /dev/null"#, [script])
    #expect(outcome.exitCode == 0 && outcome.output.contains("ambiguous"))
    // It ended earlier than the pipe.
    #expect(Date().timeIntervalSince(start) < 90)
  }

  /// A run that never got a picture leaves nothing behind.
  @Test func aSignalEndsTheWaitForAWriter() throws {
    let fifo = folder.file("fifo")
    #expect(mkfifo(fifo, 0o600) == 0)
    let program = try Program(["--input", fifo, "--no-ui", "--members", "1", "--json", json])
    let descriptors = "/proc/\(program.identifier)/fd"
    func waits() -> Bool {
      let files = FileManager.default
      return (try? files.contentsOfDirectory(atPath: descriptors))?.contains {
        (try? files.destinationOfSymbolicLink(atPath: descriptors + "/" + $0)) == fifo
      } ?? false
    }
    while program.isRunning, !waits() { usleep(20_000) }
    program.send(SIGINT)
    let outcome = try program.finish()
    #expect(outcome.exitCode == 0 && outcome.errors == "", "\(outcome.errors)")
    #expect(folder.names() == ["fifo"])
  }

  @Test(arguments: [
    (#""$0" --input - </dev/null"#, "standard input: "),
    (#"head -c 100 "$1" | "$0" --input -"#, "standard input: "),
    (#"script -qec "$0 --input -" /dev/null"#, "is a terminal, not a video"),
  ])
  func whatIsNoVideoIsSaid(line: String, part: String) throws {
    let outcome = try Program.run(bash: line, [try matroska()])
    #expect((outcome.errors + outcome.output).contains(part), "\(outcome.errors)")
    #expect(outcome.exitCode == 2)
  }
}
