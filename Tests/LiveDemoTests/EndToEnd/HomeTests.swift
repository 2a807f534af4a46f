import Foundation
import TestSupport
import Testing

/// The program at home on a machine: reports, markers, session folders, settings, manual pages.
@Suite struct HomeTests {
  private let folder = ScratchFolder()

  private func run(_ words: [String], config: String? = nil) throws -> Program.Outcome {
    let home = folder.file("config")
    if let config {
      try FileManager.default.createDirectory(
        atPath: home + "/emenet", withIntermediateDirectories: true)
      try config.write(
        toFile: home + "/emenet/config.toml", atomically: true, encoding: .utf8)
    }
    return try Program.run(words, environment: ["XDG_CONFIG_HOME": home])
  }

  private static let sample = [
    "--input", Program.sample, "--members", "1", "--frames", "8", "--no-ui",
  ]

  @Test func aSessionHasAFolderThatIsNeverUsedAgain() throws {
    let path = folder.file("monday")
    let first = try run(Self.sample + ["--save-dir", path, "--csv", folder.file("records.csv")])
    #expect(first.exitCode == 0, "\(first.errors)")
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: path))
    #expect(
      names == [
        "video.mkv", "records.jsonl", "records.meta.json", "report.html", "settings.json",
      ])
    let settings = try String(contentsOfFile: path + "/settings.json", encoding: .utf8)
    #expect(settings.contains("\"ffmpeg\"") && settings.contains("\"members\": \"1\""))
    for force in [[], ["--force"]] {
      let again = try run(Self.sample + ["--save-dir", path] + force)
      #expect(again.exitCode == 5 && again.errors.contains("never used again"))
    }
    // What fails before it begins leaves no folder.
    let failed = try run(["--input", "/nonexistent.mp4", "--save-dir", folder.file("x")])
    #expect(failed.exitCode == 2 && access(folder.file("x"), F_OK) != 0)
    // The same report from either file.
    for (index, records) in [path + "/records.jsonl", folder.file("records.csv")].enumerated() {
      let report = try run(["report", records, "-o", folder.file("\(index).svg")])
      #expect(report.exitCode == 0, "\(report.errors)")
      #expect(report.errors.hasSuffix("/\(index).svg: a report of 1 run\n"))
    }
    let charts = try (0...1).map {
      try Data(contentsOf: URL(fileURLWithPath: folder.file("\($0).svg"))).count
    }
    #expect(charts[0] > 10_000 && abs(charts[0] - charts[1]) < 100)
  }

  @Test func row43_reportsLeaveOutWhatIsDamaged() throws {
    let records = folder.file("r.jsonl")
    let lines = (0..<20).map { "{\"time\":\(Double($0) / 10),\"dropped\":0,\"faces\":[]}" }
    try (lines + ["{\"time\":2.0,\"fac"]).joined(separator: "\n")
      .write(toFile: records, atomically: true, encoding: .utf8)
    let damaged = try run(["report", records])
    #expect(damaged.exitCode == 1 && damaged.errors.contains("1 line damaged or cut off"))
    let page = try String(contentsOfFile: folder.file("r.html"), encoding: .utf8)
    #expect(page.contains("No face was seen.") && page.contains("20 frames"))
    #expect(try run(["report", records]).exitCode == 5)
    let table: [([String], Int32, String)] = [
      (["report"], 64, "a records file"),
      (["report", folder.file("absent")], 2, "No such file"),
      (["report", Program.sample, "-o", folder.file("a.html")], 2, "neither JSON lines nor CSV"),
      (["report", records, "-o", folder.file("a.txt")], 64, ".html, .svg, .pdf or .png"),
      (["report", records, "--exclude", "5-4"], 64, "a stretch such as"),
      (["report", records, "-o", folder.file("absent/a.html")], 5, "does not exist"),
      (["report", records, "-o", records, "--force"], 64, "is not a .html"),
    ]
    for (words, code, why) in table {
      let outcome = try run(words)
      #expect(outcome.exitCode == code && outcome.errors.contains(why), "\(words): \(outcome)")
    }
    #expect(try String(contentsOfFile: records, encoding: .utf8).hasPrefix("{\"time\""))
  }

  /// The page loads nothing, and its text cannot become markup.
  @Test func aPageStandsByItself() throws {
    let records = folder.file("<b>.jsonl")
    try """
    {"time":0,"dropped":0,"marker":{"number":1,"text":"<script>x</script>"},"faces":[]}
    {"time":1,"dropped":0,"faces":[]}
    """.write(toFile: records, atomically: true, encoding: .utf8)
    #expect(try run(["report", records, "-o", folder.file("r.html")]).exitCode == 0)
    let page = try String(contentsOfFile: folder.file("r.html"), encoding: .utf8)
    for forbidden in ["<script", "http:", "https:", "<b>", "<link"] {
      #expect(!page.contains(forbidden), "\(forbidden)")
    }
    #expect(page.contains("&lt;script&gt;x&lt;/script&gt;"))
  }

  @Test func row41_markersStandInTheRecords() throws {
    let records = folder.file("r.jsonl")
    let pipe = folder.file("markers")
    let program = try Program(
      [
        "--input", Program.sample, "--members", "1", "--realtime", "--loop", "--no-ui", "--json",
        records, "--markers", pipe,
      ])
    try #require(program.wait(for: records, bytes: 1000))
    let outcome = try Program.run(bash: "printf 'on\\noff\\n' >\"$1\"", [pipe])
    #expect(outcome.exitCode == 0)
    var text = ""
    func waitForMarker(_ number: Int) throws {
      for _ in 0..<200 where !text.contains("\"marker\":{\"number\":\(number)") {
        usleep(50_000)
        text = try String(contentsOfFile: records, encoding: .utf8)
      }
    }
    try waitForMarker(2)
    program.send(SIGUSR1)
    try waitForMarker(3)
    program.send(SIGTERM)
    #expect(try program.finish().exitCode == 0)
    for (number, word) in [(1, "on"), (2, "off"), (3, "")] {
      #expect(text.contains("\"marker\":{\"number\":\(number),\"text\":\"\(word)\",\"time\":"))
    }
    #expect(access(pipe, F_OK) != 0, "the pipe was made for the run")
  }

  @Test func row42_theConfigurationIsInForceAndItsFaultsAreNamed() throws {
    let config = "[live]\nframes = 3\nmembers = 1\nno-ui = true\n[report]\nforce = true\n"
    let records = folder.file("r.jsonl")
    let outcome = try run(["--input", Program.sample, "--json", records], config: config)
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    #expect(try String(contentsOfFile: records, encoding: .utf8).count { $0 == "\n" } == 3)
    let shown = try run(["config", "live"])
    #expect(shown.output.contains("frames = 3  # line 2") && !shown.output.contains("[report]"))
    #expect(shown.output.contains("# max-faces = 4"))
    let wrong = "[live]\nframes = 3\n[report]\nforse = true\n"
    for words in [["devices"], ["config"], ["report", records]] {
      let outcome = try run(words, config: wrong)
      #expect(outcome.exitCode == 64, "\(outcome)")
      #expect(outcome.errors.contains("config.toml:4: 'report' has no option 'forse'"))
      #expect(outcome.errors.contains("did you mean 'force'?"))
    }
    for words in [["--help"], ["man"], ["completions", "bash"], ["--version"]] {
      #expect(try run(words, config: wrong).exitCode == 0, "\(words)")
    }
    // What 'config' prints is a configuration.
    let printed = try run(["config"], config: config).output
    #expect(try run(["config"], config: printed).output.contains("frames = 3  # line"))
  }

  @Test(
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/mandoc"), "needs mandoc"))
  func manualPagesAreWellFormed() throws {
    for words in [["man"], ["man", "live"], ["man", "report"], ["man", "checkpoint"]] {
      let page = try run(words)
      #expect(page.exitCode == 0)
      try page.output.write(toFile: folder.file("p.1"), atomically: true, encoding: .utf8)
      let lint = "mandoc -T lint -W warning \"$1\" | grep -v 'missing date'; true"
      let check = try Program.run(
        bash: lint, [folder.file("p.1")])
      #expect(check.output.isEmpty, "\(words): \(check.output)")
    }
  }

  /// Only what was installed goes, not what was there before.
  @Test func uninstallingLeavesTheRest() throws {
    let outcome = try Program.run(
      bash: """
        cd "$1" && mkdir -p "$2/bin" "$2/share/man/man1" && touch "$2/share/man/man1/other.1"
        before=$(find "$2" | sort)
        for turn in 1 2; do EMENET=$0 scripts/install --prefix "$2" || exit; done
        "$2/bin/emenet" --version && zcat "$2/share/man/man1/emenet-live.1.gz" | grep -q '^.TH' &&
          scripts/uninstall --prefix "$2" && diff <(echo "$before") <(find "$2" | sort)
        """, [Program.repository.path, folder.file("prefix")])
    #expect(outcome.exitCode == 0, "\(outcome)")
  }

  @Test(arguments: [
    ("echo 'no libncurses.so.6' >&2; exit 127", "does not run: no libncurses.so.6;"),
    ("echo 'Swift version 5.8 (swift-5.8)'", "this is version 5.8;"),
    ("echo 'Swift version 99.0'", ""),
  ])
  func setUpNamesWhatSwiftLacks(swift: String, words: String) throws {
    let outcome = try Program.run(
      bash: """
        mkdir "$2" && printf '#!/bin/sh\\n%s\\n' "$3" >"$2/swift" && chmod +x "$2/swift"
        PATH=$2:$PATH "$1/scripts/require-swift"
        """, [Program.repository.path, folder.file("fake"), swift])
    #expect(outcome.exitCode == (words.isEmpty ? 0 : 1), "\(outcome)")
    #expect(outcome.errors.contains("swift: \(words)") || words.isEmpty, "\(outcome)")
  }
}
