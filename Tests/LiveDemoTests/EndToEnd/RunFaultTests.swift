import Foundation
import TestSupport
import Testing

@testable import Recording

/// What may happen to a run of the whole program; numbers are rows of `docs/promises.md`.
@Suite(.serialized) struct RunFaultTests {
  private let folder = ScratchFolder()
  private var json: String { folder.file("out.jsonl") }
  private static let sample = ["--input", Program.sample, "--members", "1"]
  private static let endless = sample + ["--realtime", "--loop", "--no-ui"]

  /// All records are complete, numbered from 0 and in order of time.
  private func soundRecords() throws -> [LiveRecord] {
    let text = try String(contentsOfFile: json, encoding: .utf8)
    #expect(text.isEmpty || text.hasSuffix("}\n"))
    let records = try LiveRecord.all(in: json)
    #expect(records.map(\.frame) == Array(records.indices))
    #expect(zip(records, records.dropFirst()).allSatisfy { $0.time < $1.time })
    return records
  }

  // MARK: 10

  @Test(
    .enabled(if: !Sanitizer.watchesThreads, "its own files grow past the limit"),
    arguments: VideoContainer.allCases)
  func row10_aVideoThatMayNotGrowPlaysAndTheMonitorGoesOn(container: VideoContainer) throws {
    let video = folder.file("out.\(container)")
    let outcome = try Program.run(
      // 500 KiB for any file; the records are longer, so they go through a pipe.
      bash: #"(ulimit -f 500; exec "$0" "$@" --json -) | cat > \#(json); exit ${PIPESTATUS[0]}"#,
      Self.sample + ["--loop", "--frames", "300", "--save-file", video])
    #expect(outcome.exitCode == 5)
    #expect(outcome.errors.contains("emenet: \(video): "))
    #expect(try soundRecords().count == 300)
    let frames = try VideoProbe(video).times.count
    #expect(frames > 5 && frames < 300)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small disk takes root"))
  func row10_aFullDiskEndsTheVideoAndTheMonitorGoesOn() throws {
    let disk = try SmallDisk(kilobytes: 500)
    let video = disk.path + "/out.avi"
    let outcome = try Program.run(
      Self.sample + [
        "--loop", "--no-ui", "--frames", "300", "--save-file", video, "--json", json,
      ])
    #expect(outcome.exitCode == 5)
    #expect(outcome.errors.contains("emenet: \(video): "))
    #expect(try soundRecords().count == 300)
    let frames = try VideoProbe(video).times.count
    #expect(frames > 5 && frames < 300)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small disk takes root"))
  func row10_recordsThatFillTheDiskEndWithAWholeLineAndTheVideoGoesOn() throws {
    let disk = try SmallDisk(kilobytes: 100)
    let (video, records) = (folder.file("out.mkv"), disk.path + "/out.jsonl")
    let outcome = try Program.run(
      Self.sample + ["--no-ui", "--frames", "120", "--save-file", video, "--json", records])
    #expect(outcome.exitCode == 5)
    #expect(outcome.errors.contains("emenet: \(records): "))
    #expect(try (5..<120).contains(LiveRecord.all(in: records).count))
    #expect(try VideoProbe(video).times.count == 120)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "mounting a read-only disk takes root"))
  func row10_aReadOnlyDiskIsKnownBeforeTheSourceOpens() throws {
    let disk = try SmallDisk(kilobytes: 100)
    #expect(mount(nil, disk.path, nil, UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
    for output in [["--save-file", disk.path + "/a.mkv"], ["--json", disk.path + "/a.jsonl"]] {
      // If the source were opened first, its absence would end the program with 2.
      let outcome = try Program.run(["--input", "/no/such/file", "--no-ui"] + output)
      #expect(outcome.exitCode == 5, "\(outcome.errors)")
    }
  }

  @Test func row10_onePathIsNotTwoOutputs() throws {
    let path = folder.file("out.avi")
    for options in [
      ["--json", path, "--csv", path], ["--json", path, "--save-file", path],
      ["--csv", path, "--save-file", path, "--force"], ["--json", "-", "--csv", "-"],
    ] {
      #expect(try Program.run(Self.sample + options).exitCode == 64)
    }
    #expect(folder.names().isEmpty)
  }

  // MARK: 11

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func row11_aSignalCompletesVideoAndRecords(signal: Int32) throws {
    let video = folder.file("out.avi")
    let program = try Program(Self.endless + ["--save-file", video, "--json", json])
    #expect(program.wait(for: video, bytes: 20_000))
    program.send(signal)
    #expect(try program.finish().exitCode == 0)
    let records = try soundRecords()
    let probe = try VideoProbe(video)
    #expect(abs(probe.duration - (records.last!.time + 1 / 30.0)) <= 0.04)
    #expect(abs(probe.duration - Double(probe.times.count) / 30) < 0.01)
  }

  @Test func row11_aReaderOfTheRecordsThatLeavesEndsTheRunWell() throws {
    let video = folder.file("out.mkv")
    let outcome = try Program.run(
      bash: #""$0" "$@" --json - | head -n 3 > \#(json); exit ${PIPESTATUS[0]}"#,
      Self.endless + ["--save-file", video])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(try soundRecords().count == 3)
    #expect(try VideoProbe(video).times.count >= 3)
  }

  // MARK: 12 and 13

  @Test func row12_aCrashLeavesTheRecordsComplete() throws {
    let program = try Program(Self.endless + ["--json", json])
    #expect(program.wait(for: json, bytes: 20_000))
    program.send(SIGSEGV)
    #expect(try program.finish().exitCode == SIGSEGV)
    #expect(try soundRecords().count > 3)
  }

  @Test(arguments: [VideoContainer.mkv, .avi])
  func row13_aKilledRunLeavesRecordsAndAVideo(container: VideoContainer) throws {
    let video = folder.file("out.\(container)")
    let program = try Program(
      Self.sample + ["--loop", "--no-ui", "--save-file", video, "--json", json])
    #expect(program.wait(for: video, bytes: 1_000_000))
    program.send(SIGKILL)
    #expect(try program.finish().exitCode == SIGKILL)
    let records = try soundRecords().count
    // One second is in Matroska's open cluster, and a few pictures are on their way to the encoder.
    let frames = try VideoProbe(video).times.count
    #expect(records > 60)
    if container == .mkv { #expect(frames >= records - 50, "\(frames) of \(records)") }
    let repair = try Program.run(["repair", video])
    #expect(repair.exitCode == 0, "\(repair.errors)")
    let repaired = try VideoProbe(video)
    #expect(repaired.times.count >= records - 50, "\(repaired.times.count) of \(records)")
    #expect(abs(repaired.duration - Double(repaired.times.count) / 30) < 0.04)
    #expect(folder.names() == ["out.jsonl", "out.meta.json", "out.\(container)"].sorted())
  }

  // MARK: 15

  /// Closed descriptors must neither be taken by one of our files nor end a run.
  @Test(arguments: ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/null >/dev/full 2>/dev/full"])
  func row15_withoutStandardDescriptors(redirections: String) throws {
    let video = folder.file("out.avi")
    let outcome = try Program.run(
      bash: #"exec "$0" "$@" \#(redirections)"#,
      Self.sample + ["--frames", "60", "--save-file", video, "--json", json])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(try soundRecords().count == 60)
    #expect(try VideoProbe(video).times.count > 10)
    #expect(!outcome.output.contains("\u{1b}"))
  }

  @Test func row15_recordsToAClosedOutputAreAnError() throws {
    let outcome = try Program.run(bash: #"exec "$0" "$@" >&-"#, Self.sample + ["--json", "-"])
    #expect(outcome.exitCode == 5)
  }

  @Test func row15_asAServiceWithoutHomeOrTerminal() throws {
    let outcome = try Program.run(
      bash: #"cd / && exec env -i "$(command -v setsid)" -w "$0" "$@" </dev/null"#,
      Self.sample + ["--realtime", "--loop", "--frames", "60", "--json", json])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(try soundRecords().count == 60)
    #expect(outcome.output == "")
    #expect(outcome.errors.contains(" frames | ") && !outcome.errors.contains("\u{1b}"))
  }

  // MARK: 17

  private static let weights = Program.repository.path + "/checkpoints/emenet-v-0.safetensors"

  @Test func row17_identicalMembersHaveNoEpistemicUncertainty() throws {
    let member = ["--checkpoint", Self.weights]
    let outcome = try Program.run(
      ["--input", Program.sample, "--frames", "3", "--json", "-"] + member + member + member)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let values = try outcome.output.matches(of: Regex(#""epistemic":([-0-9.e]+)"#)).map {
      Double($0[1].substring!)
    }
    #expect(values.count == 3 * 15)
    #expect(values.allSatisfy { $0 == 0 })
  }

  @Test func row17_aDamagedMemberIsNamed() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.weights))
    let damages: [(String, Data)] = [
      ("cut", whole.dropLast(1000)), ("none", Data()), ("noise", Data(repeating: 0xA5, count: 999)),
      // The last number of the last tensor.
      ("nan", whole.dropLast(4) + [0xFF, 0xFF, 0xFF, 0xFF]),
    ]
    for (name, content) in damages {
      let path = folder.file("\(name).safetensors")
      try content.write(to: URL(fileURLWithPath: path))
      let outcome = try Program.run(
        ["--input", Program.sample, "--no-ui", "--checkpoint", Self.weights, "--checkpoint", path])
      #expect(outcome.exitCode == 4)
      #expect(outcome.errors.hasPrefix("emenet: \(path): "), "\(outcome.errors)")
    }
  }

  // MARK: 19

  @Test func row19_theSecondOfTwoIsToldAndTheFirstLosesNothing() throws {
    let video = folder.file("out.mkv")
    let first = try Program(Self.endless + ["--save-file", video, "--json", json])
    #expect(first.wait(for: video, bytes: 20_000) && first.wait(for: json, bytes: 1000))
    let others = [folder.file("other.jsonl"), folder.file("other.mkv")]
    for outputs in [
      ["--json", json], ["--save-file", video], ["--json", others[0], "--save-file", video],
      ["--json", json, "--save-file", others[1]],
    ] {
      let kept = try Program.run(Self.endless + outputs)
      #expect(kept.exitCode == 5 && kept.errors.contains("exists"), "\(kept.errors)")
      let forced = try Program.run(Self.endless + outputs + ["--force"])
      #expect(forced.exitCode == 5 && forced.errors.contains("is writing it"), "\(forced.errors)")
    }
    let repair = try Program.run(["repair", video])
    #expect(repair.exitCode == 5, "\(repair.errors)")
    first.send(SIGTERM)
    #expect(try first.finish().exitCode == 0)
    #expect(try soundRecords().count > 5)
    #expect(try VideoProbe(video).times.count > 5)
    #expect(folder.names() == ["out.jsonl", "out.meta.json", "out.mkv"])
  }

  @Test func row19_twoCopiesSideBySide() throws {
    let copies = try (0..<2).map { copy in
      try Program(
        Self.sample + [
          "--no-ui", "--frames", "60", "--json", folder.file("\(copy).jsonl"), "--save-file",
          folder.file("\(copy).avi"),
        ])
    }
    for (copy, program) in copies.enumerated() {
      #expect(try program.finish().exitCode == 0)
      #expect(try LiveRecord.all(in: folder.file("\(copy).jsonl")).count == 60)
      #expect(try VideoProbe(folder.file("\(copy).avi")).times.count == 60)
    }
  }
}
