import Foundation
import TestSupport
import Testing

/// The whole program on the bundled sample and on the clips of `../shared`.
@Suite(.serialized) struct VideoRunTests {
  private func probe(_ video: URL) throws -> [String: String]? {
    let path = "/usr/bin/ffprobe"
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = [
      "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries",
      "stream=codec_name,nb_read_frames,duration", "-of", "default=noprint_wrappers=1", video.path,
    ]
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      })
  }

  @Test(arguments: ["avi", "mkv", "mp4"])
  func sampleGivesARecordForEachFrameAndAVideoThatPlays(container: String) throws {
    try withTemporaryFolder { folder in
      let (json, video) = (
        folder.appendingPathComponent("out.jsonl"),
        folder.appendingPathComponent("out.\(container)")
      )
      let outcome = try Program.run([
        "--input", Program.sample, "--no-ui", "--frames", "60", "--members", "1", "--json",
        json.path, "--save_file", video.path,
      ])
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      let records = try LiveRecord.all(in: json.path)
      #expect(records.map(\.frame) == Array(0..<60))
      for record in records {
        #expect(abs(record.time - Double(record.frame) / 30) < 1e-3)
        #expect(record.faces.map(\.id) == [1])
        #expect(record.faces.first?.landmarks.count == 68)
        #expect(record.dropped == 0)
      }
      let found = try #require(try probe(video), "needs ffprobe")
      #expect(found["nb_read_frames"] == "60")
      if let seconds = found["duration"].flatMap(Double.init) { #expect(abs(seconds - 2) < 0.04) }
      if container == "avi" { #expect(found["codec_name"] == "mpeg4") }
    }
  }

  @Test func recordsOnStandardOutput() throws {
    let outcome = try Program.run([
      "--input", Program.sample, "--frames", "3", "--members", "1", "--json", "-",
    ])
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.split(separator: "\n").count == 3)
  }

  @Test func outputsAreCheckedBeforeAnythingStarts() throws {
    try withTemporaryFolder { folder in
      let existing = folder.appendingPathComponent("there.avi")
      try Data("mine".utf8).write(to: existing)
      for path in [existing.path, folder.path + "/no/where.avi", folder.path] {
        for option in ["--save-file", "--json"] {
          let outcome = try Program.run(["--input", Program.sample, "--no-ui", option, path])
          // A folder has no extension that names a container, so the message differs, but not the
          // code.
          #expect(outcome.exitCode == 5, "\(option) \(path): \(outcome.errors)")
        }
      }
      #expect(try Data(contentsOf: existing) == Data("mine".utf8))
    }
  }

  @Test func badInputs() throws {
    try withTemporaryFolder { folder in
      let noise = folder.appendingPathComponent("noise.mp4")
      try Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7919) }).write(to: noise)
      let cases: [([String], Int32)] = [
        (["--input", noise.path], 2), (["--input", folder.path + "/absent.mp4"], 2),
        (["--input", folder.path], 2),
        (["--input", Program.sample, "--checkpoint", noise.path], 4),
        (["--input", Program.sample, "--checkpoint", folder.path + "/absent.pth"], 4),
        (["--device", folder.path + "/video9"], 3),
      ]
      for (arguments, exitCode) in cases {
        let outcome = try Program.run(arguments + ["--no-ui"])
        #expect(outcome.exitCode == exitCode, "\(arguments): \(outcome.errors)")
        #expect(outcome.errors.hasPrefix("emenet: "), "\(arguments): \(outcome.errors)")
      }
    }
  }

  @Test(
    .enabled(
      if: !FileManager.default.fileExists(atPath: "/dev/video0"), "a camera is connected here"))
  func withoutACameraItSaysWhatToDo() throws {
    let outcome = try Program.run(["--no-ui"])
    #expect(outcome.exitCode == 3)
    #expect(outcome.errors.contains("--input"))
  }

  @Test(
    .enabled(if: SharedClips.folder != nil, "needs ../shared/clips"),
    arguments: [
      ("01_sad_to_laugh_woman.mp4", 0...471), ("02_neutral_to_smile_man.mp4", 0...71),
      ("11_smile_man.mp4", 0...61), ("12_grid_bbaf2n.mp4", 0...74), ("14_lp_d18.mp4", 0...215),
    ] as [(String, ClosedRange<Int>)])
  func oneFaceInNearlyEveryFrame(clip: String, frames: ClosedRange<Int>) throws {
    let folder = try #require(SharedClips.folder)
    try withTemporaryFolder { outputs in
      let json = outputs.appendingPathComponent("out.jsonl")
      let outcome = try Program.run([
        "--input", folder + "/" + clip, "--no-ui", "--json", json.path,
      ])
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      let records = try LiveRecord.all(in: json.path)
      #expect(records.map(\.frame) == Array(frames))
      let withFace = records.count { !$0.faces.isEmpty }
      #expect(Double(withFace) >= 0.98 * Double(records.count), "\(withFace) of \(records.count)")
      #expect(Set(records.flatMap { $0.faces.prefix(1).map(\.id) }) == [1])
    }
  }
}

enum SharedClips {
  static let folder: String? = {
    let root = ProcessInfo.processInfo.environment["EMENET_SHARED"] ?? "../shared"
    return FileManager.default.fileExists(atPath: root + "/clips") ? root + "/clips" : nil
  }()
}
