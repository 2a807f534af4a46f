import Foundation
import TestSupport
import Testing

@testable import Runtime

/// `emenet predict --shard` as several machines run it.
@Suite(.serialized) struct ShardCommandTests {
  private let folder = ScratchFolder()

  /// All files, hidden ones too.
  private func tree(_ directory: String) throws -> [String: Data?] {
    let root = folder.file(directory)
    return try Dictionary(
      uniqueKeysWithValues: FileManager.default.subpathsOfDirectory(atPath: root).map {
        ($0, FileManager.default.contents(atPath: root + "/" + $0))
      })
  }

  @Test(arguments: ["0/2", "3/2", "2", "1/2/3", "one/two"])
  func whatIsNoShareIsAUsageError(word: String) throws {
    let outcome = try Program.run(["predict", Program.sample, "--shard", word])
    #expect(outcome.exitCode == 64)
    #expect(outcome.errors.hasPrefix("emenet: --shard: '\(word)' is not a share K/N"))
  }

  /// Killed at any moment and started again, while others run.
  @Test func row33_shardsMakeTheFilesOfOneRun() throws {
    let crops = try FrameFolders(in: folder.path)
    let command = [
      "predict", "--data-dir", crops.path, "--members", "1", "--threads", "1", "--output-dir",
    ]
    #expect(try Program.run(command + [folder.file("whole")]).exitCode == 0)
    let whole = try tree("whole")
    let shards = 3
    func start(_ number: Int) throws -> Program {
      try Program(command + [folder.file("out"), "--shard", "\(number)/\(shards)"])
    }
    var jobs = try (1...shards).map(start)
    for round in 0..<6 {
      usleep(useconds_t(100_000 + 40_000 * round))
      let job = round % shards
      jobs[job].send(SIGKILL)
      _ = try jobs[job].finish()
      jobs[job] = try start(job + 1)
    }
    for job in jobs {
      let outcome = try job.finish()
      #expect(outcome.exitCode == 0 && outcome.errors == "")
    }
    #expect(try tree("out") == whole)
  }

  @Test func aShareMayBeEmpty() throws {
    let crops = try FrameFolders(in: folder.path, only: ["v14"])
    let outcome = try Program.run([
      "predict", "--data-dir", crops.path, "--output-dir", folder.file("out"), "--shard", "2/2",
    ])
    #expect(outcome.exitCode == 0)
    #expect(outcome.errors == "emenet: --shard 2/2: nothing to do: 1 clip for 2 shares\n")
  }

  /// What a killed writer leaves goes; what is being written, and what others put there, stays.
  @Test func row33_remainsOfKilledWritersGo() throws {
    let crops = try FrameFolders(in: folder.path, only: ["v14"])
    let command = ["predict", "--data-dir", crops.path, "--members", "1", "--output-dir"]
    #expect(try Program.run(command + [folder.file("out")]).exitCode == 0)
    let whole = try tree("out")
    let left = [
      ".settings.txt.0123456789abc", "0/AU/.v14.txt.0123456789abc",
      "merged/uncertainty/.v14.csv.zzzzzzzzzzzzz",
    ]
    let kept = [
      "0/AU/.v14.txt.swp", "0/AU/.v15.txt.0123456789abc", "merged/VA/.v14.txt.cba9876543210",
    ]
    for name in left + kept {
      try Data("part".utf8).write(to: URL(fileURLWithPath: folder.file("out/" + name)))
    }
    let written = open(folder.file("out/" + kept[2]), O_WRONLY)
    defer { close(written) }
    #expect(flock(written, LOCK_EX) == 0)
    #expect(try Program.run(command + [folder.file("out")]).exitCode == 0)
    #expect(try tree("out").keys.sorted() == (whole.keys + kept).sorted())
  }
}
