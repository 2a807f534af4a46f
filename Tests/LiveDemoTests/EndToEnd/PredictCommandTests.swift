import Foundation
import TestSupport
import Testing

@testable import Offline
@testable import Runtime

/// `emenet predict` and `emenet testset` as a user runs them.
@Suite(.serialized) struct PredictCommandTests {
  private let folder = ScratchFolder()

  private func lines(_ file: String) throws -> [String] {
    let text = try String(contentsOfFile: folder.file(file), encoding: .utf8)
    #expect(text.last == "\n", "\(file)")
    return text.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  private func files(in directory: String) throws -> [String: Data] {
    let root = folder.file(directory)
    let names = try FileManager.default.subpathsOfDirectory(atPath: root).filter {
      folderEntries(root + "/" + $0) == nil
    }
    return try Dictionary(
      uniqueKeysWithValues: names.map {
        ($0, try Data(contentsOf: URL(fileURLWithPath: root + "/" + $0)))
      })
  }

  @Test func everyFrameHasALine() throws {
    let crops = try FrameFolders(in: folder.path)
    // A crop that exists but cannot be read.
    try Data("no JPEG".utf8).write(to: URL(fileURLWithPath: crops.path + "/v64/00009.jpg"))
    let outcome = try Program.run(
      ["predict", "--data-dir", crops.path, "--output-dir", folder.file("out")])
    #expect(outcome.exitCode == 0 && outcome.errors == "" && outcome.output == "")
    for (name, count) in FrameFolders.frameCounts {
      for member in ["0", "1", "merged"] {
        let expression = try lines("out/\(member)/EXPR/\(name).txt")
        #expect(expression[0] == "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise")
        #expect(expression.count == 1 + count)
        #expect(expression.dropFirst().allSatisfy { (0..<7).map(String.init).contains($0) })
        let units = try lines("out/\(member)/AU/\(name).txt")
        #expect(units[0] == "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26")
        #expect(units.count == 1 + count)
        #expect(units.dropFirst().allSatisfy { $0.wholeMatch(of: /([01],){11}[01]/) != nil })
        let continuous = try lines("out/\(member)/VA/\(name).txt")
        #expect(continuous[0] == "valence,arousal")
        #expect(continuous.count == 1 + count)
        #expect(
          continuous.dropFirst().allSatisfy {
            $0.wholeMatch(of: /-?[01]\.\d{4},-?[01]\.\d{4}/) != nil
          })
        for frame in 2..<1 + count where FrameFolders.isMissing(frame, of: name) && name != "v14" {
          // The previous crop's values are repeated.
          #expect(continuous[frame] == continuous[frame - 1] && units[frame] == units[frame - 1])
        }
      }
      let table = try lines("out/merged/uncertainty/\(name).csv").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      #expect(table.count == 1 + count && table.allSatisfy { $0.count == 3 + 10 + 36 + 46 })
      for frame in 1...count {
        let word =
          name == "v64" && frame == 9
          ? "damaged" : FrameFolders.isMissing(frame, of: name) ? "missing" : "present"
        // Numbered from 0 as in the records; folders have 30 frames a second.
        #expect(table[frame][0] == "\(frame - 1)" && table[frame][2] == word, "\(name)")
        #expect(abs((Double(table[frame][1]) ?? .nan) - Double(frame - 1) / 30) < 1e-6)
        let values = table[frame].dropFirst(3).map { Double($0) ?? .nan }
        #expect(values.allSatisfy { (-1...1).contains($0) })
        for bins in [values[49..<69], values[72..<92], values[..<7]] {
          #expect(abs(bins.reduce(0, +) - 1) < 2e-5)
        }
      }
      let distinct = Set(table.dropFirst().filter { $0[2] == "present" }.map { $0.dropFirst(3) })
      #expect(distinct.count == table.count { $0[2] == "present" }, "every crop has its own values")
    }
  }

  /// Interrupted in the middle and started again, it writes the same bytes as a single run.
  @Test(arguments: [SIGKILL, SIGINT]) func goesOnWhereItStopped(signal: Int32) throws {
    let crops = try FrameFolders(in: folder.path)
    let command = ["predict", "--data-dir", crops.path, "--threads", "1", "--output-dir"]
    #expect(try Program.run(command + [folder.file("whole")]).exitCode == 0)
    let whole = try files(in: "whole")
    let cut = folder.file("cut")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Program.path)
    process.arguments = command + [cut]
    process.standardInput = FileHandle.nullDevice
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let tables = cut + "/merged/uncertainty"
    while process.endStatus == nil, (folderEntries(tables) ?? []).isEmpty { usleep(1000) }
    kill(process.processIdentifier, signal)
    let code = process.waitForEnd()
    let done = (folderEntries(tables) ?? []).count
    #expect((1..<FrameFolders.frameCounts.count).contains(done), "cut off in the middle")
    if signal == SIGINT {
      #expect(code == 130)
      let words = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
      #expect(words == "emenet: \(cut): not finished; the same command goes on\n")
    }
    let before = try files(in: "cut")
    #expect(try Program.run(command + [cut]).exitCode == 0)
    #expect(try files(in: "cut") == whole)
    for (name, data) in before where name.hasSuffix(".csv") { #expect(whole[name] == data) }
    // Nothing is left to do, and nothing is done.
    #expect(try Program.run(command + [cut]).exitCode == 0)
    #expect(try files(in: "cut") == whole)
  }

  @Test func otherSettingsDoNotMixIn() throws {
    let crops = try FrameFolders(in: folder.path, only: ["v64", "pair_left"])
    let command = ["predict", "--data-dir", crops.path, "--output-dir", folder.file("out")]
    #expect(try Program.run(command + ["--state", "reset"]).exitCode == 0)
    let reset = try files(in: "out")
    for other in [["--state", "carry"], ["--members", "1"]] {
      let outcome = try Program.run(command + other)
      #expect(outcome.exitCode == 5 && outcome.errors.contains("--force"))
      #expect(try files(in: "out") == reset)
    }
    #expect(try Program.run(command + ["--state", "carry", "--force"]).exitCode == 0)
    let carry = try files(in: "out")
    let table = "merged/uncertainty/v64.csv"
    #expect(carry[table] != reset[table])
    // The first frame has no state to carry.
    func first(_ files: [String: Data]) -> [UInt8]? {
      files[table].map { Array($0.split(separator: 10)[1]) }
    }
    #expect(first(carry) == first(reset))
  }

  @Test func recordsNameTheVideo() throws {
    let crops = try FrameFolders(in: folder.path, only: ["v14", "pair_left", "pair_right"])
    let outcome = try Program.run(
      ["predict", "--data-dir", crops.path, "--output-dir", folder.file("out"), "--json", "-"])
    #expect(outcome.exitCode == 0)
    let records = try outcome.output.split(separator: "\n").map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    let expected = [("pair_left", 20), ("pair_right", 23), ("v14", 14)].flatMap { name, count in
      (0..<count).map { "\(name) \($0)" }
    }
    #expect(records.map { "\($0["video"] ?? "") \($0["frame"] ?? "")" } == expected)
    #expect(records.allSatisfy { ($0["faces"] as? [Any])?.count == 1 })
    #expect(try lines("out/merged/EXPR/v14.txt").count == 15)
  }

  @Test func videos() throws {
    let outcome = try Program.run([
      "predict", "--video", Program.sample, "--members", "1", "--output-dir", folder.file("out"),
    ])
    #expect(outcome.exitCode == 0 && outcome.errors == "")
    for file in ["0/AU", "merged/EXPR", "merged/VA"] {
      #expect(try lines("out/\(file)/astronaut.txt").count == 361)
    }
    let table = try lines("out/merged/uncertainty/astronaut.csv").dropFirst()
    #expect(table.allSatisfy { $0.contains(",present,") })

    let clip = Program.repository.appending(path: "Tests/Fixtures/capture/steps.mp4").path
    let noFace = try Program.run(["predict", clip, "--output-dir", folder.file("none")])
    #expect(noFace.exitCode == 2)
    #expect(noFace.errors == "emenet: steps: no frame of it shows a face\n")
    let cropped = try Program.run(
      ["predict", clip, "--cropped", "--output-dir", folder.file("cropped")])
    #expect(cropped.exitCode == 0)
    #expect(try lines("cropped/merged/VA/steps.txt").count == 11)
  }

  /// A video defines the number of frames; both people in it have that many.
  @Test func testSets() throws {
    let crops = try FrameFolders(in: folder.path, only: ["v14", "v63", "pair_left", "pair_right"])
    let videos = folder.file("videos")
    try FileManager.default.createDirectory(atPath: videos, withIntermediateDirectories: true)
    for name in ["pair.mp4", "v14.mp4"] {
      try FileManager.default.copyItem(atPath: Program.sample, toPath: videos + "/" + name)
    }
    let manifest = folder.file("testset.csv")
    let made = try Program.run(
      ["testset", "--data-dir", crops.path, "--video-dir", videos, "--output", manifest])
    #expect(made.exitCode == 1)
    #expect(made.errors == "emenet: v63: it has no video; the last crop of v63 ends it\n")
    #expect(
      try lines("testset.csv") == [
        "name,frames,folder", "pair_left,360,\(crops.path)/pair_left",
        "pair_right,360,\(crops.path)/pair_right", "v14,360,\(crops.path)/v14",
        "v63,63,\(crops.path)/v63",
      ])
    #expect(
      try Program.run(["testset", "--data-dir", crops.path, "-o", manifest]).exitCode == 5)
    let outcome = try Program.run([
      "predict", "--testset", manifest, "--members", "1", "--output-dir", folder.file("out"),
    ])
    #expect(outcome.exitCode == 0 && outcome.errors == "")
    for (name, count) in [("pair_left", 360), ("pair_right", 360), ("v14", 360), ("v63", 63)] {
      for task in ["AU", "EXPR", "VA"] {
        let lines = try lines("out/merged/\(task)/\(name).txt")
        #expect(lines.count == 1 + count)
        // After the last crop, its values are repeated.
        if count == 360 { #expect(Set(lines[24...]).count == 1) }
      }
    }
    let reset = try lines("out/merged/uncertainty/v14.csv")
    #expect(reset.count { $0.contains(",missing,") } == 360 - 12)
  }

  @Test func whatFailsIsNamedAndTheRestIsDone() throws {
    let crops = try FrameFolders(in: folder.path, only: ["v1", "v14"])
    let broken = folder.file("broken.mp4")
    try Data("no video".utf8).write(to: URL(fileURLWithPath: broken))
    let empty = crops.path + "/empty"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    let outcome = try Program.run(
      ["predict", "--data-dir", crops.path, broken, "--output-dir", folder.file("out")])
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("emenet: \(broken): "))
    #expect(outcome.errors.contains("emenet: empty: "))
    #expect(try lines("out/merged/EXPR/v14.txt").count == 15)

    let cases: [([String], Int32)] = [
      ([], 64), (["--data-dir", "/nonexistent"], 2), (["--testset", broken], 2),
      (["--testset", folder.file("absent")], 2), ([broken], 2),
      (["--data-dir", crops.path, "--checkpoint", broken], 4),
      (["--data-dir", crops.path, "--output-dir", broken], 5),
      (["--data-dir", crops.path, "--output-dir", "/proc/preds"], 5),
      ([broken, crops.path + "/../broken.mp4"], 64),
    ]
    for (words, code) in cases {
      let output = words.contains("--output-dir") ? [] : ["--output-dir", folder.file("other")]
      let outcome = try Program.run(["predict"] + words + output)
      #expect(outcome.exitCode == code, "\(words): \(outcome.errors)")
      #expect(outcome.errors.hasPrefix("emenet: ") && outcome.output == "")
    }
  }
}

@Suite struct PredictionProgressTests {
  @Test(
    arguments: [
      (0, [100, 100], 0), (50, [100, 100], 0.25), (250, [100, 100], 1), (50, [100, nil], 0.25),
      (50, [nil, nil], nil), (0, [0], nil), (0, [], nil),
    ] as [(Int, [Int?], Double?)])
  func share(done: Int, expected: [Int?], share: Double?) {
    #expect(PredictionProgress.share(done: done, of: expected) == share)
  }

  @Test(
    arguments: [
      (0, "0 s"), (11.2, "12 s"), (59.9, "1 min 00 s"), (185, "3 min 05 s"),
      (3725, "1 h 02 min"), (-1, "0 s"), (.infinity, "2777 h 46 min"),
    ] as [(Double, String)])
  func words(seconds: Double, words: String) {
    #expect(PredictionProgress.words(seconds: seconds) == words)
  }
}
