import Foundation
import TestSupport
import Testing

/// What people type who have not read the manual: errors say what they probably meant and which
/// command does it, and `emenet FILE` does what suits the file.
@Suite struct NewcomerTests {
  private let folder = ScratchFolder()
  private static let picture =
    Program.repository.path + "/Tests/Fixtures/capture/quadrants.jpg"
  private static let weights = Program.repository.path + "/checkpoints/emenet-v-0.safetensors"

  @Test(
    arguments: [
      (["image", "a.jpg", "b.jpg", "-o", "x.png"], 64, "'emenet image FILE --output OUT.png'"),
      (["--realtime"], 64, "only applies to a file; a camera is always real time"),
      (["--loop"], 64, "only applies to a file"),
      (["--no-ui", "predict"], 64, "'emenet predict …'"),
      (["--crops", "x.csv"], 64, "it belongs to 'emenet evaluate'"),
      (["--json", "--csv", "x.csv"], 64, "--json: a value is missing"),
      (["predict", "--jsn", "x"], 64, "did you mean '--json'?"),
      (["--save-file", "", "--input", Program.sample], 64, "--save-file: a value is missing"),
      (["--json=", "--input", Program.sample], 64, "--json: a value is missing"),
      (["repair", "/tmp"], 2, "name a file in it"),
      (["repair", picture], 2, "videos with this extension cannot be recorded; repair mends .avi"),
      (["image", ""], 2, "emenet: '': "),
      (["--JSON", "x"], 64, "did you mean '--json'?"),
      (["evalute"], 64, "did you mean 'emenet evaluate'?"),
      (["evalute", "--help"], 64, "did you mean 'emenet evaluate'?"),
      (["nonsense"], 64, "no such command, and no file of this name"),
      ([""], 64, "emenet: '': "),
      (["absent.mp4"], 2, "check its name"),
      ([picture, "--no-such-option"], 64, "--no-such-option"),
      (["live", picture], 64, "'emenet image \(picture)'"),
      ([weights], 64, "'emenet checkpoint show \(weights)'"),
      (["/tmp"], 64, "'emenet predict --video /tmp'"),
      (["a.mp4", "b.mp4"], 2, "a.mp4: No such file"),
      (["image", Program.sample], 2, "'emenet FILE' plays it"),
      (["completions", "tcsh"], 64, "bash, zsh or fish, not 'tcsh'"),
      (["checkpoint", "convert", weights, "x.bin"], 64, ".safetensors, .pth or .pt, not 'x.bin'"),
      (["evaluate", "predictions", "labels"], 64, "'emenet evaluate --help'"),
    ] as [([String], Int32, String)])
  func errorsSayWhatWasMeant(words: [String], exitCode: Int32, part: String) throws {
    let outcome = try Program.run(words, in: URL(fileURLWithPath: folder.path))
    #expect(outcome.exitCode == exitCode, "\(outcome.errors)")
    #expect(
      outcome.errors.hasPrefix("emenet: ") && outcome.errors.contains(part), "\(outcome.errors)")
    #expect(outcome.output == "" && folder.names().isEmpty)
  }

  /// What comes with the program is found from wherever somebody put it.
  @Test func theFolderOfTheProgramMayHaveAnyName() throws {
    let home = folder.file("Größe 表")
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: Program.path, toPath: home + "/emenet")
    try FileManager.default.createSymbolicLink(
      atPath: home + "/checkpoints",
      withDestinationPath: Program.repository.path + "/checkpoints")
    let outcome = try Program(
      ["image", "--cropped", "--members", "1", Self.picture], executable: home + "/emenet"
    ).finish()
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
  }

  @Test(arguments: [
    ["FILE", "--json", "-", "--members", "1"], ["--members", "1", "--json", "-", "FILE"],
    ["--json", "-", "FILE", "--members", "1"], ["--members=1", "--json=-", "--", "FILE"],
  ])
  func aFileAloneIsPlayedOrMeasuredWhereverItStands(words: [String]) throws {
    func output(of file: String) throws -> [Substring] {
      let outcome = try Program.run(words.map { $0 == "FILE" ? file : $0 })
      #expect(outcome.exitCode == 0, "\(outcome.errors)")
      return outcome.output.split(separator: "\n")
    }
    #expect(try output(of: Self.picture).map { $0.hasPrefix(#"{"image":"#) } == [true])
    #expect(try output(of: Program.sample).count == 360)
  }

  @Test func row39_aFileThatLooksLikeAnOptionIsToldHowToBeNamed() throws {
    try FileManager.default.copyItem(atPath: Program.sample, toPath: folder.file("-a.mp4"))
    let here = URL(fileURLWithPath: folder.path)
    let refused = try Program.run(["-a.mp4"], in: here)
    #expect(refused.exitCode == 64 && refused.errors.contains("put -- before it"))
    let words = ["--no-ui", "--members", "1", "--frames", "1", "--", "-a.mp4"]
    #expect(try Program.run(words, in: here).exitCode == 0)
  }

  /// As somebody who may read the program but not these files, with no home and no environment.
  @Test(
    .enabled(if: getuid() == 0, "only root can be somebody else"),
    arguments: [
      ("SECRET", 2), ("image SECRET", 2), ("repair SECRET", 2), ("checkpoint show SECRET", 4),
      ("evaluate --predictions LOCKED --labels LOCKED", 2), ("predict --data-dir LOCKED", 2),
      ("\(Program.sample) --no-ui --save-file LOCKED/a.mkv", 5),
      ("\(Program.sample) --no-ui --json LOCKED/a.jsonl", 5),
      ("image \(picture) --cropped --output LOCKED/a.png", 5),
      ("predict --output-dir LOCKED/out \(Program.sample)", 5),
      ("bench --stage network --runs 1 --json LOCKED/a.json", 5),
    ] as [(String, Int32)])
  func row39_withoutRightsErrorsSayWhatToDo(line: String, exitCode: Int32) throws {
    let files = FileManager.default
    let (secret, locked) = (folder.file("secret.mp4"), folder.file("locked"))
    try files.copyItem(atPath: Program.sample, toPath: secret)
    try files.createDirectory(atPath: locked, withIntermediateDirectories: true)
    chmod(secret, 0o600)
    chmod(locked, 0o700)
    let words = line.replacing("SECRET", with: secret).replacing("LOCKED", with: locked)
    let outcome = try Program.run(
      bash: """
        exec env -i PATH=/usr/bin:/bin setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$0" \(words)
        """, [])
    // A checkout that only root may read is another error, of the shell.
    guard outcome.exitCode != 127 && outcome.exitCode != 126 else { return }
    #expect(outcome.exitCode == exitCode, "\(outcome)")
    let form = #/emenet: [^;]+: [^;]+; .+\n/#
    #expect(outcome.errors.wholeMatch(of: form) != nil, "\(outcome.errors)")
  }

  @Test func namesAreTakenAsTheyAre() throws {
    let names = [
      "with space.mp4", "new\nline.mp4", "-dash.mp4", "a:b.mp4", "http:x.mp4", "%d.mp4",
      #"quo"te, comma's.mp4"#, "ünï 😀.mp4", String(repeating: "x", count: 251) + ".mp4",
    ]
    let short = folder.file("short.mkv")
    try #require(
      Program.run([
        "--input", Program.sample, "--frames", "2", "--members", "1", "--no-ui",
        "--save-file", short,
      ]).exitCode == 0)
    let clips = folder.file("clips")
    try FileManager.default.createDirectory(
      atPath: clips + "/below", withIntermediateDirectories: true)
    for name in names {
      try FileManager.default.copyItem(atPath: short, toPath: "\(clips)/below/\(name)")
      let played = try Program.run(
        ["--members", "1", "--json", "-", "--", name], in: URL(fileURLWithPath: clips + "/below"))
      #expect(played.output.split(separator: "\n").count == 2, "\(name): \(played.errors)")
    }
    // The folder also contains a file that is not a video.
    try Data("notes".utf8).write(to: URL(fileURLWithPath: clips + "/notes.txt"))
    let predictions = folder.file("predictions")
    let outcome = try Program.run(
      ["predict", "--members", "1", "--video", clips, "--output-dir", predictions])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: predictions + "/merged/EXPR")
    #expect(Set(files) == Set(names.map { $0.dropLast(4) + ".txt" }))
  }

  /// Output that is only printed counts as output too.
  @Test(arguments: ["--help", "completions bash", "image --members 1 \(picture)"])
  func whatCannotBePrintedIsAnError(words: String) throws {
    let full = try Program.run(bash: "exec \"$0\" \(words) >/dev/full", [])
    #expect(full.exitCode == 5 && full.errors.hasPrefix("emenet: standard output: "))
    let read = try Program.run(bash: "\"$0\" \(words) | head -n 1", [])
    #expect(read.exitCode == 0 && read.errors == "")
  }

  @Test func aNameThatIsNotTextIsRefusedWithAWayOut() throws {
    let outcome = try Program.run(bash: #"exec "$0" image $'\xff.jpg'"#, [])
    #expect(outcome.exitCode == 64 && outcome.errors.contains("not UTF-8; rename"))
  }

  @Test func aNameDoesNotCommandTheTerminal() throws {
    let path = folder.file("new\n\u{1b}[31m.jpg")
    try FileManager.default.copyItem(atPath: Self.picture, toPath: path)
    let outcome = try Program.run(["image", "--members", "1", path])
    #expect(outcome.exitCode == 0 && outcome.output.contains("new??[31m.jpg: no face\n"))
  }

  /// Both by `predict` and by `evaluate`, which predicts what it is to score.
  @Test func foldersOfVideosAreWalked() throws {
    let videos = folder.file("videos")
    try FileManager.default.createDirectory(
      atPath: videos + "/a folder", withIntermediateDirectories: true)
    for name in ["one.avi", "a folder/two.MKV"] {
      let made = folder.file("made." + name.suffix(3).lowercased())
      try #require(
        Program.run([
          "--input", Program.sample, "--frames", "3", "--members", "1", "--no-ui",
          "--save-file", made,
        ]).exitCode == 0)
      try FileManager.default.moveItem(atPath: made, toPath: "\(videos)/\(name)")
    }
    let fromDataDir = folder.file("data-dir")
    let taken = try Program.run(
      ["predict", "--members", "1", "--data-dir", videos, "--output-dir", fromDataDir])
    #expect(taken.exitCode == 0 && taken.errors.contains("as by --video"), "\(taken.errors)")
    let labels = folder.file("labels")
    try FileManager.default.createDirectory(atPath: labels, withIntermediateDirectories: true)
    // Labels may be in deeper folders than predictions: EXPR/Train_Set/NAME.txt.
    try FileManager.default.createDirectory(
      atPath: labels + "/EXPR", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: fromDataDir + "/merged/EXPR", toPath: labels + "/EXPR/Train_Set")
    let scored = try Program.run(
      [
        "evaluate", "--members", "1", "--video", videos, "--labels", labels, "--predictions",
        folder.file("evaluated"),
      ])
    #expect(scored.exitCode == 0, "\(scored.errors)")
    #expect(scored.output.contains("frames                      6\n"))
    #expect(scored.output.contains("accuracy                    1.0000\n"))
    // If there are no errors to detect, it says so instead of printing "nan".
    #expect(!scored.output.contains("nan"))
    #expect(
      scored.output.contains("error auroc total           -  (every prediction is right, so "))
  }

  @Test func nohupOutlivesTheTerminal() throws {
    let records = folder.file("out.jsonl")
    let program = try Program(
      [
        "-c", #"trap '' HUP; exec "$0" "$@""#, Program.path, "--input", Program.sample, "--loop",
        "--realtime", "--no-ui", "--members", "1", "--json", records,
      ], executable: "/bin/bash")
    #expect(program.wait(for: records, bytes: 2000))
    program.send(SIGHUP)
    let size = try Data(contentsOf: URL(fileURLWithPath: records)).count
    #expect(program.wait(for: records, bytes: size + 5000))
    program.send(SIGTERM)
    #expect(try program.finish().exitCode == 0)
  }
}
