import Foundation
import SoundTesting
import TestSupport
import Testing

@testable import LiveDemo

/// What a run does that gets too little, and one whose files name too much.
@Suite(.serialized) struct ScarceResourcesTests {
  private let folder = ScratchFolder()
  private static let sample = Program.sample

  /// No crash, no hang; what did not go well has words.
  private func expectAnEnd(_ outcome: Program.Outcome, _ what: String) {
    #expect([0, 1, 2, 4, 5].contains(outcome.exitCode), "\(what): \(outcome)")
    #expect(outcome.exitCode == 0 || outcome.errors.contains("emenet: "), "\(what): \(outcome)")
  }

  // MARK: 36

  /// From just above what the loader takes, which has words of its own, to where all goes well.
  @Test(
    .enabled(if: !Sanitizer.isOn, "a sanitizer needs more"),
    arguments: Array(stride(from: 260, through: 700, by: 20)))
  func row36_littleMemoryIsAnErrorWithWords(megabytes: Int) throws {
    for command in [
      "--version", "bench --runs 2",
      "--input \(Self.sample) --no-ui --frames 3 --save-file \(folder.file("\(megabytes).avi"))",
    ] {
      try expectAnEnd(command, megabytes: megabytes)
    }
  }

  /// Beside what every run takes there are the frames.
  @Test(
    .enabled(if: FFmpeg.isThere && !Sanitizer.isOn, "making the video takes ffmpeg"),
    arguments: Array(stride(from: 600, through: 1500, by: 100)))
  func row36_littleMemoryForLargeFramesIsAnErrorWithWords(megabytes: Int) throws {
    let video = folder.file("large.mp4")
    try FFmpeg.run("-i \(Self.sample) -vf scale=3840:2160 -frames:v 3 \(video)")
    try expectAnEnd(
      "--input \(video) --no-ui --members 1 --save-file \(folder.file("out.mkv"))",
      megabytes: megabytes)
  }

  private func expectAnEnd(_ command: String, megabytes: Int) throws {
    let outcome = try Program.run(
      bash: "ulimit -v \(megabytes << 10); exec timeout -s KILL 60 \"$0\" \(command)", [])
    expectAnEnd(outcome, "\(megabytes) MB, \(command)")
  }

  @Test(.enabled(if: !Sanitizer.isOn, "a sanitizer needs more"), arguments: 4...48)
  func row36_fewDescriptorsAreAnErrorWithWords(count: Int) throws {
    let outcome = try Program.run(
      bash: """
        ulimit -n \(count); exec timeout -s KILL 60 "$0" --input \(Self.sample) --no-ui --members 1 \
        --frames 3 --save-file \(folder.file("\(count).mkv")) --json \(folder.file("\(count).jsonl"))
        """, [])
    expectAnEnd(outcome, "\(count) descriptors")
  }

  // Root may start as many as it likes; a user of its own has no others.
  @Test(
    .enabled(if: getuid() == 0 && !Sanitizer.isOn, "a limit for root is none"),
    arguments: [2, 4, 6, 8, 10, 14, 20])
  func row36_fewThreadsAreAnErrorWithWords(count: Int) throws {
    let outcome = try Program.run(
      bash: """
        exec setpriv --reuid 39417 --regid 39417 --clear-groups bash -c 'ulimit -u \(count); exec \
        "$0" --input \(Self.sample) --no-ui --members 1 --frames 3 --json -' "$0"
        """, [])
    // A checkout that only root may read is another error.
    expectAnEnd(outcome, "\(count) threads")
  }

  // MARK: 34

  @Test(arguments: [
    "9223372036854775807.png", "50000000.png", "20231125103000.jpg", "99999999999999999999999.jpg",
  ])
  func row34_aCropNumberedBeyondAnyVideoIsNamed(name: String) throws {
    let clip = folder.file("crops/clip")
    try FileManager.default.createDirectory(atPath: clip, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(fileURLWithPath: clip + "/" + name))
    for command in [
      ["predict", "--output-dir", folder.file("out")], ["testset", "-o", folder.file("set.csv")],
    ] {
      let outcome = try Program.run(
        command + ["--data-dir", folder.file("crops")], addressSpace: 2_000_000_000)
      #expect(outcome.exitCode == 2, "\(outcome)")
      #expect(outcome.errors.contains(name) && outcome.errors.hasPrefix("emenet: "))
    }
  }

  @Test(arguments: [("a,1,x\nb,1,y\na,1,z\n", "row 3: "), ("", "names no clip")])
  func row20_aManifestOfNoOrEqualClipsIsNamed(rows: String, part: String) throws {
    let path = folder.file("set.csv")
    try Data("name,frames,folder\n\(rows)".utf8).write(to: URL(fileURLWithPath: path))
    let outcome = try Program.run(
      ["predict", "--testset", path, "--output-dir", folder.file("out")])
    #expect(outcome.exitCode == 2, "\(outcome)")
    #expect(outcome.errors.hasPrefix("emenet: \(path): \(part)"), "\(outcome.errors)")
  }

  @Test(arguments: ["9223372036854775807", "1000001", "-1", "1e9", "99999999999999999999"])
  func row34_aManifestOfImpossibleNumbersIsNamed(frames: String) throws {
    let path = folder.file("set.csv")
    try Data("name,frames,folder\na,\(frames),\(folder.path)\n".utf8)
      .write(to: URL(fileURLWithPath: path))
    let outcome = try Program.run(
      ["predict", "--testset", path, "--output-dir", folder.file("out")])
    #expect(outcome.exitCode == 2 && outcome.errors.hasPrefix("emenet: \(path): "), "\(outcome)")
  }

  /// Three pictures, 89 million seconds each, as the header says.
  @Test(.enabled(if: FFmpeg.isThere, "making the video takes ffmpeg"))
  func row34_durationEndsAVideoThatStandsStill() throws {
    let path = folder.file("slow.avi")
    try FFmpeg.run("-f lavfi -i testsrc=s=128x128:r=10:d=0.3 -c:v mjpeg \(path)")
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let header = try #require(bytes.firstRange(of: Array("strh".utf8))).upperBound + 4
    // dwScale and dwRate, little endian.
    bytes.replaceSubrange(header + 20..<header + 28, with: [0, 0, 0, 16, 3, 0, 0, 0])
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let start = ContinuousClock.now
    let outcome = try Program.run(
      bash: "exec timeout -s KILL 60 \"$0\" \"$@\"",
      [
        "--input", path, "--realtime", "--duration", "1", "--no-ui", "--members", "1", "--json",
        "-",
      ])
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.output.contains("\"frame\":0"))
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  // MARK: 37

  @Test func row37_endlessTextIsRefused() throws {
    for arguments in [
      ["predict", "--testset", "/dev/zero", "--output-dir", folder.file("out")],
      ["evaluate", "--crops", "/dev/zero", "--members", "1"],
    ] {
      let outcome = try Program.run(arguments, addressSpace: 1_500_000_000)
      #expect(outcome.exitCode == 2, "\(outcome)")
      #expect(outcome.errors.hasPrefix("emenet: /dev/zero: "), "\(outcome.errors)")
    }
  }

  // MARK: 38

  @Test func row38_aNameAsLongAsFileSystemsTakeIsShortened() throws {
    let names = ["a", "b"].map { String(repeating: "n", count: 250) + $0 }
    for name in names {
      let clip = folder.file("crops/\(name)")
      try FileManager.default.createDirectory(atPath: clip, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: Program.repository.path + "/Tests/Fixtures/capture/rgb.png",
        toPath: clip + "/00001.png")
    }
    let arguments = [
      "predict", "--members", "1", "--data-dir", folder.file("crops"), "--output-dir",
      folder.file("out"),
    ]
    #expect(try Program.run(arguments).exitCode == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.file("out/merged/VA"))
    #expect(files.count == 2 && files.allSatisfy { $0.hasSuffix(".txt") && $0.utf8.count <= 255 })
    // Complete, by the same names.
    #expect(try Program.run(arguments).exitCode == 0)
  }
}
