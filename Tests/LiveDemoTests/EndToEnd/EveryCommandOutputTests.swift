import Foundation
import TestSupport
import Testing

@testable import LiveDemo

/// Row 29: what each command does if its output cannot be written.
@Suite(.serialized) struct EveryCommandOutputTests {
  private let folder = ScratchFolder()

  /// The target of stdout.
  private enum Place: String, CaseIterable {
    case fullDevice, closed, leavingReader, stalledPipe, fullDisk
  }

  /// Command lines that cover every command and every kind of output.
  private func commandLines() throws -> [[String]] {
    let crops = try FrameFolders(in: folder.path, only: ["v1"]).path
    let video = folder.file("a.avi")
    try FileManager.default.copyItem(atPath: Program.sample, toPath: folder.file("a.mp4"))
    let made = try Program.run(
      [
        "--input", Program.sample, "--no-ui", "--members", "1", "--frames", "5", "--save-file",
        video,
      ])
    try #require(made.exitCode == 0, "\(made.errors)")
    let labels = folder.file("labels")
    try FileManager.default.createDirectory(
      atPath: labels + "/VA", withIntermediateDirectories: true)
    try "valence,arousal\n0.1,0.2\n-0.3,1\n".write(
      toFile: labels + "/VA/a.txt", atomically: true, encoding: .utf8)
    let records = folder.file("a.jsonl")
    try "{\"time\":0,\"faces\":[]}\n".write(toFile: records, atomically: true, encoding: .utf8)
    let weights = Program.repository.path + "/checkpoints/emenet-v-0.safetensors"
    let picture = "\(crops)/v1/00001.jpg"
    let evaluate = ["evaluate", "--predictions", labels, "--labels", labels]
    let predict = ["predict", "--data-dir", crops, "--members", "1", "--force", "--output-dir"]
    return commands.map { [$0.description.name, "--help"] } + [
      ["--version"], ["--help"],
      ["live", "--input", Program.sample, "--members", "1", "--frames", "3", "--json", "-"],
      ["live", "--input", Program.sample, "--members", "1", "--frames", "3", "--csv", "-"],
      ["image", picture, "--cropped", "--members", "1"],
      ["image", picture, "--cropped", "--members", "1", "--json", "-"],
      predict + [folder.file("preds"), "--json", "-"],
      ["testset", "--data-dir", crops, "--output", "-"],
      evaluate, evaluate + ["--json", "-"], ["devices"], ["checkpoint", "show", weights],
      ["repair", video], ["bench", "--members", "1", "--threads", "1", "--runs", "1"],
      ["bench", "--members", "1", "--threads", "1", "--runs", "1", "--json", "-"],
      ["completions", "bash"], ["completions", "fish"], ["completions", "zsh"],
      ["man"], ["man", "image"], ["config"], ["config", "live"],
      ["report", records, "--output", folder.file("report.html"), "--force"],
    ]
  }

  @Test func row29_everyCommandIsInTheTable() throws {
    let named = Set(try commandLines().filter { !$0.contains("--help") }.map { $0[0] })
    #expect(Set(commands.map { $0.description.name }).subtracting(named).isEmpty)
  }

  @Test(.enabled(if: !Sanitizer.isOn, "takes minutes, and much longer with a sanitizer"))
  func row29_whatCannotBePrintedIsNeverLostInSilence() throws {
    for words in try commandLines() {
      let usual = try Program.run(words)
      let isSilent = usual.output.isEmpty
      // Without a camera, listing cameras is an error.
      #expect(usual.exitCode == 0 || words == ["devices"], "\(words): \(usual)")
      guard usual.exitCode == 0 else { continue }
      for place in Place.allCases where place != .fullDisk || SmallDisk.isAvailable {
        let outcome = try run(words, to: place)
        let expected: Int32 =
          if isSilent { usual.exitCode } else {
            switch place {
            case .fullDevice, .closed, .fullDisk: 5
            case .leavingReader, .stalledPipe: 0
            }
          }
        #expect(outcome.exitCode == expected, "\(words) to \(place): \(outcome)")
        guard !isSilent else { continue }
        if expected == 5 {
          #expect(outcome.errors.contains("emenet: "), "\(words) to \(place)")
        } else if words[0] != "live" {
          #expect(outcome.errors.isEmpty, "\(words) to \(place): \(outcome.errors)")
        }
      }
    }
  }

  /// The exit code is 124 if the program hangs.
  private func run(_ words: [String], to place: Place) throws -> Program.Outcome {
    func redirected(_ redirection: String) throws -> Program.Outcome {
      try Program.run(bash: #"exec timeout 60 "$0" "$@" \#(redirection)"#, words)
    }
    switch place {
    case .fullDevice: return try redirected(">/dev/full")
    case .closed: return try redirected(">&-")
    case .leavingReader:
      return try Program.run(
        bash:
          #"{ sleep 0.2; timeout 60 "$0" "$@"; echo $? >&3; } 3>\#(folder.file("code")) | true; "#
          + #"exit "$(cat \#(folder.file("code")))""#, words)
    case .stalledPipe: return try intoStalledPipe(words)
    case .fullDisk:
      let disk = try SmallDisk(kilobytes: 64)
      try withExtendedLifetime(disk) {
        _ = try Program.run(bash: #"head -c 1M /dev/zero > "$1""#, [disk.path + "/filler"])
      }
      defer { withExtendedLifetime(disk) {} }
      return try redirected(">'\(disk.path)/out'")
    }
  }

  /// A pipe that is full from the start, with a reader that reads nothing and leaves after a
  /// second.
  private func intoStalledPipe(_ words: [String]) throws -> Program.Outcome {
    let pipe = folder.file("pipe")
    try? FileManager.default.removeItem(atPath: pipe)
    try #require(mkfifo(pipe, 0o600) == 0)
    let end = open(pipe, O_RDWR | O_NONBLOCK | O_CLOEXEC)
    try #require(end >= 0)
    var isOpen = true
    defer { if isOpen { close(end) } }
    var page = [UInt8](repeating: 0, count: 4096)
    while write(end, &page, page.count) > 0 {}
    let program = try Program(
      ["-c", #"exec timeout 60 "$0" "$@" >'\#(pipe)'"#, Program.path] + words,
      executable: "/bin/bash")
    sleep(1)
    close(end)
    isOpen = false
    return try program.finish()
  }
}
