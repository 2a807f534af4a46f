import Foundation
import Records
import TestSupport
import Testing

@testable import Offline
@testable import Recording
@testable import Runtime

/// Row 20: tables, videos to repair and output names, damaged for as long as ``Fuzz`` says. Any
/// input is either accepted or refused with a proper error, and nothing else changes.
@Suite struct OutputFuzzTests {
  private let folder = ScratchFolder()

  @Test func row20_fuzzManifests() throws {
    let whole = Array("name,frames,folder\na,3,/x\n\"b,\"\"c\",2,\"/y, z\"\n".utf8)
    let path = folder.file("manifest.csv")
    try Fuzz.run("manifest") { seed in
      var mutator = Mutator(seed: seed)
      try Data(mutator.damaged(whole)).write(to: URL(fileURLWithPath: path))
      do {
        let clips = try Manifest(reading: path).clips
        #expect(clips.allSatisfy { ($0.frameCount ?? 0) >= 0 }, "EMENET_FUZZ_SEED=\(seed)")
        return true
      } catch let failure as Failure {
        #expect(failure.what.hasPrefix(path) && failure.remedy != nil, "EMENET_FUZZ_SEED=\(seed)")
        return false
      }
    }
  }

  /// Predictions, labels and the uncertainty table next to the predictions.
  @Test func row20_fuzzLabels() throws {
    let columns = ["Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"]
    let certainty = columns + ["expression_aleatoric", "expression_epistemic"]
    let row = certainty.map { _ in "0.1" }.joined(separator: ",")
    let tables: [(path: String, text: String)] = [
      ("predictions/VA/a.txt", "valence,arousal\n0.1,0.2\n-0.3,1\n"),
      ("labels/VA/a.txt", "valence,arousal\n0.1,0.2\n-5,-5\n"),
      ("predictions/EXPR/a.txt", columns.joined(separator: ",") + "\n0\n6\n"),
      ("labels/EXPR/a.txt", columns.joined(separator: ",") + "\n-1\n3\n"),
      ("predictions/uncertainty/a.csv", "\(certainty.joined(separator: ","))\n\(row)\n\(row)\n"),
    ]
    for table in tables {
      try FileManager.default.createDirectory(
        atPath: URL(fileURLWithPath: folder.file(table.path)).deletingLastPathComponent().path,
        withIntermediateDirectories: true)
    }
    try Fuzz.run("labels") { seed in
      var mutator = Mutator(seed: seed)
      let chosen = mutator.number(below: tables.count)
      for (index, table) in tables.enumerated() {
        let bytes = Array(table.text.utf8)
        try Data(index == chosen ? mutator.damaged(bytes) : bytes)
          .write(to: URL(fileURLWithPath: folder.file(table.path)))
      }
      do {
        let samples = try EvaluationSamples(
          predictions: folder.file("predictions"), labels: folder.file("labels"))
        return samples.problems.isEmpty
      } catch is Failure {
        return false
      }
    }
  }

  /// A file that cannot be repaired is unchanged; one that can plays.
  @Test(arguments: VideoContainer.allCases)
  func row20_fuzzRepair(container: VideoContainer) async throws {
    let path = folder.file("a.\(container)")
    let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
    for frame in 0..<12 {
      let image = Sample.image(width: 64, height: 48, shade: UInt8(frame * 9))
      await recorder.room()
      recorder.take(Sample.reading(frame: frame, time: Double(frame) / 30, image: image))
    }
    #expect(recorder.finish().failure == nil)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    try Fuzz.run("repair-\(container)") { seed in
      var mutator = Mutator(seed: seed)
      let damaged = Data(mutator.damaged(whole))
      try damaged.write(to: URL(fileURLWithPath: path))
      defer { #expect(folder.names() == ["a.\(container)"], "EMENET_FUZZ_SEED=\(seed)") }
      do {
        #expect(try Repair.run(path).frames > 0, "EMENET_FUZZ_SEED=\(seed)")
        return true
      } catch {
        #expect(
          FileManager.default.contents(atPath: path) == damaged, "EMENET_FUZZ_SEED=\(seed)")
        return false
      }
    }
  }

  /// A path is opened as given or refused; existing files keep their content.
  @Test func row20_fuzzRecordPaths() throws {
    let parts = [
      "a", "..", ".", "", "existing.jsonl", "link", "sub", "\u{1b}[31m", "a\nb", "12:30",
      String(repeating: "n", count: 251), String(repeating: "é", count: 130), " ", "-", "?*",
    ]
    let root = folder.file("root")
    try Fuzz.run("record-paths") { seed in
      try? FileManager.default.removeItem(atPath: root)
      try FileManager.default.createDirectory(
        atPath: root + "/sub", withIntermediateDirectories: true)
      let kept = Data("kept".utf8)
      let existing = root + "/existing.jsonl"
      try kept.write(to: URL(fileURLWithPath: existing))
      try FileManager.default.createSymbolicLink(
        atPath: root + "/link", withDestinationPath: existing)
      var mutator = Mutator(seed: seed)
      let names = (0...mutator.number(below: 3)).map { _ in
        parts[mutator.number(below: parts.count)]
      }
      // ".." stays within the scratch folder.
      let path = root + "/sub/" + names.prefix(2).joined(separator: "/")
      defer {
        #expect(
          FileManager.default.contents(atPath: existing) == kept,
          "EMENET_FUZZ_SEED=\(seed): \(path)")
      }
      do {
        let writer = try RecordWriter(path: path, format: .json(perMember: false))
        try writer.write(Sample.reading())
        writer.close()
        #expect(FileManager.default.contents(atPath: path)?.last == 10, "EMENET_FUZZ_SEED=\(seed)")
        return true
      } catch is OutputError {
        return false
      }
    }
  }
}
