import Capture
import FaceCrop
import Foundation
import Options
import TestSupport
import Testing

@testable import LiveDemo
@testable import Offline
@testable import Recording
@testable import Runtime

/// Row 20: files and command lines with random damage from fixed seeds. (Pictures are covered by
/// `PictureFileTests`, checkpoints by the tests of `Inference`.)
@Suite struct HostileInputTests {
  private let folder = ScratchFolder()

  @Test(arguments: VideoContainer.allCases)
  func row20_fuzzedVideosPlayOrAreRefusedAndRepaired(container: VideoContainer) async throws {
    let path = folder.file("a.\(container)")
    let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
    for frame in 0..<20 {
      let image = Sample.image(width: 160, height: 120, shade: UInt8(frame * 9))
      await recorder.room()
      recorder.take(Sample.reading(frame: frame, time: Double(frame) / 30, image: image))
    }
    #expect(recorder.finish().failure == nil)
    let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for seed in 0..<80 as Range<UInt64> {
      var noise = Noise(seed: seed)
      let damaged = noise.damaged(whole)
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      do {
        let source = VideoFile(path: path, pacing: .everyFrame)
        try source.start()
        defer { source.stop() }
        var (count, last) = (0, -1.0)
        while let frame = try await source.next() {
          #expect(frame.time > last)
          (count, last) = (count + 1, frame.time)
        }
        #expect(count <= 60, "seed \(seed)")
      } catch is MediaFileError {}
      do {
        #expect(try Repair.run(path).frames <= 60, "seed \(seed)")
      } catch {
        #expect(FileManager.default.contents(atPath: path) == Data(damaged))
      }
      #expect(folder.names() == ["a.\(container)"])
    }
  }

  /// The whole program with little memory, on files that claim to be huge.
  @Test(arguments: ["huge.avi", "huge.mp4", "endless.mkv", "noise.mkv"])
  func row20_memoryStaysBounded(name: String) throws {
    var noise = Noise(seed: 7)
    let path = folder.file(name)
    if name == "noise.mkv" {
      try Data((0..<200_000).map { _ in UInt8.random(in: 0...255, using: &noise) })
        .write(to: URL(fileURLWithPath: path))
    } else {
      let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
      recorder.take(Sample.reading())
      _ = recorder.finish()
      var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      // Sets any size or count that follows a name to its maximum.
      for mark in ["strf", "avih", "strh", "idx1", "stsz", "stts", "mvhd", "avcC", "avc1"] {
        for place in bytes.ranges(of: Array(mark.utf8)).map(\.upperBound) {
          for byte in place + 4..<min(place + 44, bytes.count) { bytes[byte] |= 0x70 }
        }
      }
      if name == "endless.mkv" { bytes += [UInt8](repeating: 0xFF, count: 3_000_000) }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
    for arguments in [
      ["--input", path, "--no-ui", "--members", "1", "--frames", "100"], ["repair", path],
    ] {
      let outcome = try Program.run(arguments, addressSpace: 2_000_000_000)
      #expect([0, 1, 2, 5].contains(outcome.exitCode), "\(arguments): \(outcome)")
    }
  }

  @Test func row20_anyWordsAreAnsweredOrRefused() {
    let known = LiveOptions.description.options.flatMap { ["--\($0.name)", "--\($0.name)=", "-"] }
    let values = [
      "", "-1", "0", "nan", "inf", "1e999", "640x480", "99999999999x1", "x", "--", "é",
    ]
    var noise = Noise(seed: 3)
    for _ in 0..<5000 {
      let words = (0..<Int.random(in: 1...5, using: &noise)).map { _ in
        (known.randomElement(using: &noise)!, values.randomElement(using: &noise)!)
      }.flatMap { Bool.random(using: &noise) ? [$0 + $1] : [$0, $1] }
      // Its type says what it may throw.
      _ = try? LiveOptions(Arguments(parsing: words, of: LiveOptions.description))
    }
  }

  @Test func row20_anyManifestAndLabelsAreReadOrRefused() throws {
    let manifest = Array("name,frames,folder\na,3,/x\n\"b,\"\"c\",2,\"/y, z\"\n".utf8)
    let labels = folder.path + "/labels"
    let predictions = folder.path + "/predictions"
    for root in [labels, predictions] {
      try FileManager.default.createDirectory(
        atPath: root + "/VA", withIntermediateDirectories: true)
    }
    let table = Array("valence,arousal\n0.1,0.2\n-0.3,1\n-5,-5\n".utf8)
    for seed in 0..<300 as Range<UInt64> {
      var noise = Noise(seed: seed)
      let path = folder.file("manifest.csv")
      try Data(noise.damaged(manifest)).write(to: URL(fileURLWithPath: path))
      do { _ = try Manifest(reading: path) } catch is Failure {}
      for root in [labels, predictions] {
        try Data(noise.damaged(table)).write(to: URL(fileURLWithPath: root + "/VA/a.txt"))
      }
      do {
        _ = try EvaluationSamples(predictions: predictions, labels: labels)
      } catch is Failure {}
    }
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): a seed always gives the same numbers.
private struct Noise: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Truncates, changes bytes, moves or repeats a part, or sets a number to its maximum.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0...Int.random(in: 0..<6, using: &self) {
      guard bytes.count > 8 else { break }
      // Half of the damage is in the headers.
      let end = Bool.random(using: &self) ? bytes.count : min(bytes.count, 2000)
      let place = Int.random(in: 0..<end - 4, using: &self)
      let length = Int.random(in: 1...min(64, bytes.count - place), using: &self)
      switch Int.random(in: 0..<5, using: &self) {
      case 0: bytes.removeLast(Int.random(in: 0..<bytes.count / 2, using: &self))
      case 1: bytes[place] = UInt8.random(in: 0...255, using: &self)
      case 2:
        bytes.replaceSubrange(
          place..<place + 4, with: [0xFF, 0xFF, 0xFF, 0x7F].shuffled(using: &self))
      case 3: bytes.removeSubrange(place..<place + length)
      default: bytes.insert(contentsOf: bytes[place..<place + length], at: place)
      }
    }
    return bytes
  }
}
