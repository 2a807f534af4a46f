import Foundation
import SoundTesting
import TestSupport
import Testing

/// Where outputs of the whole program go, and what they must not touch; numbers are rows of
/// `docs/promises.md`.
@Suite(.serialized) struct OutputFaultTests {
  private let folder = ScratchFolder()
  private var crops: String { folder.file("crops") }
  private var picture: String { folder.file("crops/v1/00001.jpg") }
  private static let member = ["--members", "1"]
  private static let weights = Program.repository.path + "/checkpoints/emenet-v-0.safetensors"

  init() throws {
    _ = try FrameFolders(in: folder.path, only: ["v1"])
  }

  private func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
    return folder.file(name)
  }

  private func content(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }

  private func kind(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  private var testset: [String] { ["testset", "--data-dir", crops, "--output"] }
  private var predict: [String] {
    ["predict", "--data-dir", crops, "--output-dir", folder.file("out")] + Self.member
  }

  // MARK: 25

  @Test func row25_aLinkStaysALinkAndItsTargetIsReplaced() throws {
    let target = try write("old", to: "target.csv")
    let link = folder.file("link.csv")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target.csv")
    #expect(try Program.run(testset + [link]).exitCode == 5)
    #expect(content(target) == "old")
    #expect(try Program.run(testset + [link, "--force"]).exitCode == 0)
    #expect(kind(link) == S_IFLNK)
    #expect(content(target)?.hasPrefix("name,frames,folder\n") == true)
  }

  @Test func row25_pipesAndDevicesAreWrittenInto() throws {
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let copy = folder.file("copy.csv")
    let outcome = try Program.run(
      bash:
        #"timeout 20 cat '\#(pipe)' > '\#(copy)' & timeout 20 "$0" "$@"; code=$?; wait; exit $code"#,
      testset + [pipe])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(kind(pipe) == S_IFIFO)
    #expect(content(copy)?.hasPrefix("name,frames,folder\n") == true)
    let full = try Program.run(testset + ["/dev/full", "--force"])
    #expect(full.exitCode == 5 && kind("/dev/full") == S_IFCHR, "\(full.errors)")
  }

  @Test func row25_aFileOfTheUsersIsKeptWithoutForce() throws {
    let values = folder.file("out/merged/VA")
    try FileManager.default.createDirectory(atPath: values, withIntermediateDirectories: true)
    let kept = try write("mine", to: "out/merged/VA/v1.txt")
    #expect(try Program.run(predict).exitCode == 5)
    #expect(content(kept) == "mine")
    #expect(try Program.run(predict + ["--force"]).exitCode == 0)
    #expect(content(kept)?.hasPrefix("valence,arousal\n") == true)
  }

  @Test func row25_noNameBesideAnOutputIsTaken() throws {
    let video = folder.file("a.mp4")
    try FileManager.default.copyItem(atPath: Program.sample, toPath: video)
    let names = ["a.mp4.repairing", "a.mp4.part", "t.csv.part"]
    for name in names { _ = try write("mine", to: name) }
    #expect(try Program.run(["repair", video]).exitCode == 0)
    #expect(try Program.run(testset + [folder.file("t.csv")]).exitCode == 0)
    for name in names { #expect(content(folder.file(name)) == "mine", "\(name)") }
  }

  // MARK: 26

  @Test(arguments: ["../../../victim/notes", "../a", "..", ".", "a/b", "/etc/a", ""])
  func row26_aNameOutOfAManifestIsOnePathComponent(name: String) throws {
    let victim = folder.file("victim")
    try FileManager.default.createDirectory(atPath: victim, withIntermediateDirectories: true)
    let notes = try write("kept", to: "victim/notes.txt")
    let manifest = try write("name,frames,folder\n\(name),1,\(crops)/v1\n", to: "m.csv")
    let out = folder.file("out")
    let outcome = try Program.run(
      ["predict", "--testset", manifest, "--output-dir", out] + Self.member)
    #expect(outcome.exitCode == 2, "\(outcome.errors)")
    let shown = name.isEmpty ? "''" : name
    #expect(outcome.errors.hasPrefix("emenet: \(shown): "), "\(outcome.errors)")
    #expect(content(notes) == "kept")
    #expect(try FileManager.default.contentsOfDirectory(atPath: victim) == ["notes.txt"])
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  // MARK: 27

  @Test(.enabled(if: FFmpeg.isThere), arguments: [false, true])
  func row27_anOutputThatIsAnInputIsRefused(isHardLink: Bool) throws {
    let labels = try write("path,expression\ncrops/v1/00001.jpg,0\n", to: "labels.csv")
    let video = folder.file("in.mp4")
    try FileManager.default.copyItem(atPath: Program.sample, toPath: video)
    let png = folder.file("x.png")
    try FFmpeg.run("-i \(picture) \(png)")
    let lines: [(input: String, words: (_ output: String) -> [String])] = [
      (labels, { ["evaluate", "--crops", labels, "--json", $0] }),
      (video, { ["--input", video, "--no-ui", "--frames", "3", "--json", $0] }),
      (video, { ["--input", video, "--no-ui", "--frames", "3", "--csv", $0] }),
      (video, { ["--input", video, "--no-ui", "--frames", "3", "--save-file", $0] }),
      (png, { ["image", png, "--cropped", "--output", $0] }),
    ]
    for (index, line) in lines.enumerated() {
      var output = line.input
      if isHardLink {
        output = folder.file("\(index)-link." + (line.input as NSString).pathExtension)
        #expect(link(line.input, output) == 0)
      }
      let before = FileManager.default.contents(atPath: line.input)
      let words = line.words(output) + Self.member + ["--force"]
      let outcome = try Program.run(words)
      #expect(outcome.exitCode == 5 || outcome.exitCode == 64, "\(words): \(outcome)")
      #expect(outcome.errors.hasPrefix("emenet: \(output): "), "\(outcome.errors)")
      #expect(
        before != nil && FileManager.default.contents(atPath: line.input) == before, "\(words)")
    }
  }

  // MARK: 28

  @Test(.enabled(if: FFmpeg.isThere))
  func row28_repairKeepsModeTimesRotationAndEveryStream() throws {
    let video = folder.file("12:30.mp4")
    let plain = folder.file("plain.mp4")
    try FFmpeg.run(
      "-f lavfi -i testsrc=s=64x48:r=30:d=1 -f lavfi -i sine=d=1 -f lavfi -i sine=f=880:d=1 "
        + "-map 0 -map 1 -map 2 -c:v libx264 -c:a aac \(plain)")
    try FFmpeg.run(
      "-i \(plain) -map 0 -c copy -metadata:s:v:0 rotate=90 file:\(video)")
    chmod(video, 0o600)
    let times = [
      timespec(tv_sec: 1_577_836_800, tv_nsec: 0), timespec(tv_sec: 1_577_836_800, tv_nsec: 0),
    ]
    utimensat(AT_FDCWD, video, times, 0)
    let before = try streams(of: video)
    let outcome = try Program.run(["repair", video])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    var status = stat()
    #expect(stat(video, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600 && status.st_mtim.tv_sec == 1_577_836_800)
    #expect(try streams(of: video) == before)
    #expect(before.contains("rotation") && before.contains("index=2"), "\(before)")
  }

  private func streams(of video: String) throws -> String {
    try Program(
      [
        "-v", "error", "-show_entries", "stream=index,codec_name:stream_side_data=rotation", "-of",
        "compact", "file:" + video,
      ], executable: "/usr/bin/ffprobe"
    ).finish().output
  }

  // MARK: 30

  @Test func row30_whatToRepairIsAnInput() throws {
    let noise = try write(String(repeating: "noise ", count: 900), to: "noise.avi")
    for path in [folder.file("nothere.avi"), noise] {
      let outcome = try Program.run(["repair", path])
      #expect(outcome.exitCode == 2, "\(outcome.errors)")
      #expect(outcome.errors.hasPrefix("emenet: \(path): ") && outcome.errors.contains("; "))
    }
  }

  // ThreadSanitizer writes a file of its own at the start, and dies of the limit.
  @Test(.disabled(if: Sanitizer.isOn, "a sanitizer needs files"))
  func row30_aFullDiskForPredictionsIsAnOutputError() throws {
    let outcome = try Program.run(bash: #"ulimit -f 1; exec timeout 60 "$0" "$@""#, predict)
    #expect(outcome.exitCode == 5, "\(outcome.errors)")
  }

  @Test func row30_predictGoesOnWhenTheReaderOfItsRecordsLeaves() throws {
    let outcome = try Program.run(
      bash: #"timeout 60 "$0" "$@" --json - | true; exit ${PIPESTATUS[0]}"#, predict)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(content(folder.file("out/merged/VA/v1.txt"))?.split(separator: "\n").count == 2)
  }

  @Test func row30_interruptedPredictionsEndWith130() throws {
    let program = try Program(
      ["predict", Program.sample, "--output-dir", folder.file("out")] + Self.member)
    #expect(program.wait(for: folder.file("out/settings.txt"), bytes: 1))
    program.send(SIGINT)
    #expect(try program.finish().exitCode == 130)
  }

  @Test(arguments: ["image", "checkpoint", "repair", "testset"])
  func row30_escapesInNamesDoNotReachATerminal(command: String) throws {
    let escape = "\u{1b}[31m\u{9b}32m"
    let words: [String]
    switch command {
    case "image":
      let path = folder.file("\(escape).jpg")
      try FileManager.default.copyItem(atPath: picture, toPath: path)
      words = ["image", path, "--cropped"] + Self.member
    case "checkpoint":
      let path = folder.file("\(escape).safetensors")
      try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: Self.weights)
      words = ["checkpoint", "show", path]
    case "repair":
      let path = folder.file("\(escape).mp4")
      try FileManager.default.copyItem(atPath: Program.sample, toPath: path)
      words = ["repair", path]
    default:
      try FileManager.default.moveItem(atPath: crops + "/v1", toPath: crops + "/" + escape)
      words = testset + ["-"]
    }
    let terminal = try PseudoTerminal(words)
    #expect(terminal.exitCode() == 0, "\(terminal.text)")
    #expect(terminal.text.contains("?[31m?32m"), "\(terminal.text)")
    #expect(!terminal.text.unicodeScalars.contains { $0 == "\u{1b}" || $0 == "\u{9b}" })
  }

  // MARK: 31

  @Test func row31_aTestSetIsQuotedAndGoesToStdout() throws {
    try FileManager.default.moveItem(
      atPath: crops + "/v1", toPath: crops + "/a\nb, \"c\"")
    let outcome = try Program.run(testset + ["-"], in: URL(fileURLWithPath: folder.path))
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("-")))
    let manifest = try write(outcome.output, to: "m.csv")
    let read = try Program.run(
      ["predict", "--testset", manifest, "--output-dir", folder.file("out")] + Self.member)
    #expect(read.exitCode == 0, "\(read.errors)")
    #expect(FileManager.default.fileExists(atPath: folder.file("out/merged/VA/a\nb, \"c\".txt")))
  }

  /// Whatever else has the video's name, and in whatever order the folder is read.
  @Test func row31_theVideoOfATestSetIsFoundByItsContent() throws {
    let videos = folder.file("videos")
    try FileManager.default.createDirectory(atPath: videos, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: Program.sample, toPath: videos + "/v1.mp4")
    for ending in ["json", "txt", "aaa", "zzz"] { _ = try write("{}", to: "videos/v1.\(ending)") }
    let outcome = try Program.run(testset + [folder.file("t.csv"), "--video-dir", videos])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(content(folder.file("t.csv"))?.contains("\nv1,360,") == true)
  }

  @Test func row31_weightsOfDataParallelAreRead() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: Self.weights))
    let count = whole.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    let header = try #require(
      JSONSerialization.jsonObject(with: whole[8..<8 + count]) as? [String: Any])
    var renamed: [String: Any] = [:]
    for (name, value) in header {
      renamed[name == "__metadata__" ? name : "module." + name] = value
    }
    var bytes = try JSONSerialization.data(withJSONObject: renamed)
    bytes += Data(repeating: 0x20, count: -bytes.count & 7)
    let path = folder.file("parallel.safetensors")
    let length = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { Data($0) }
    try (length + bytes + whole[(8 + count)...]).write(to: URL(fileURLWithPath: path))
    let image = ["image", picture, "--cropped", "--json", "-", "--checkpoint"]
    let parallel = try Program.run(image + [path])
    let plain = try Program.run(image + [Self.weights])
    #expect(parallel.exitCode == 0, "\(parallel.errors)")
    // Everything except the latency.
    let latency = try Regex(#""latency_ms":[0-9.]+"#)
    #expect(
      parallel.output.replacing(latency, with: "") == plain.output.replacing(latency, with: ""))
  }
}
