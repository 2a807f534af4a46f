import Foundation
import TestSupport
import Testing

@testable import Reading
@testable import Recording
@testable import Runtime

/// Row 33: a kill leaves what is on the disk at that moment.
@Suite struct KilledRecordingTests {
  private let folder = ScratchFolder()

  /// Records `count` pictures at 30 a second; `body` runs before the file is completed.
  private func record(
    _ path: String, count: Int, beforeTheEnd body: () throws -> Void
  ) throws -> RecordingSummary {
    let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
    for frame in 0..<count {
      recorder.append(
        Sample.reading(
          frame: frame, time: Double(frame) / 30,
          image: Sample.image(width: 160, height: 120, shade: UInt8(frame))))
    }
    while recorder.progress.frames < count { usleep(2000) }
    try body()
    recorder.finish()
    return recorder.progress
  }

  /// Its clusters stand there twice, so that the second ones go back in time.
  @Test func row33_whatGoesBackInTimeIsLeftOutOfARepair() throws {
    let (path, damaged) = (folder.file("a.mkv"), folder.file("damaged.mkv"))
    _ = try record(path, count: 45) {
      var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      let cluster = try #require(bytes.firstRange(of: [0x1F, 0x43, 0xB6, 0x75] as [UInt8]))
      bytes += bytes[cluster.lowerBound...]
      try Data(bytes).write(to: URL(fileURLWithPath: damaged))
    }
    let repaired = try Repair.run(damaged)
    let probe = try VideoProbe(damaged)
    #expect(repaired.frames >= 44 && probe.times.count == repaired.frames)
    #expect(zip(probe.times, probe.times.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test(arguments: VideoContainer.allCases, [1, 2, 7, 45])
  func row33_aRecordingCutOffAtAnyPictureIsWhole(container: VideoContainer, count: Int) throws {
    let (path, killed) = (folder.file("a.\(container)"), folder.file("killed.\(container)"))
    let summary = try record(path, count: count) {
      try FileManager.default.copyItem(atPath: path, toPath: killed)
    }
    #expect(summary.failure == nil && summary.frames == count)
    if container == .avi { _ = try Repair.run(killed) }
    // The last picture waits for the next one: in MP4 that gives its duration, in Matroska it ends
    // the cluster.
    let expected = container == .avi ? count : max(1, count - 1)
    let probe = try VideoProbe(killed)
    #expect(probe.times.count >= expected, "\(container)")
    #expect(zip(probe.times, probe.times.dropFirst()).allSatisfy { $0 < $1 })
    #expect(abs(try #require(probe.times.last) - Double(expected - 1) / 30) < 0.05)
    if container != .avi { #expect(try Repair.run(killed).frames >= expected) }
  }

  /// As required by players that do not support fragments: file type, data, a single index.
  @Test func row33_aFinishedMP4IsAPlainFile() throws {
    let path = folder.file("a.mp4")
    #expect(try record(path, count: 45) {}.failure == nil)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var boxes: [String] = []
    var place = 0
    while place + 16 <= bytes.count {
      func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { $0 << 8 | Int($1) } }
      boxes.append(String(decoding: bytes[place + 4..<place + 8], as: UTF8.self))
      let size = number(place..<place + 4)
      place += size == 1 ? number(place + 8..<place + 16) : max(8, size)
    }
    #expect(place == bytes.count)
    #expect(boxes == ["ftyp", "mdat", "moov"])
    let probe = try VideoProbe(path)
    #expect(probe.times.count == 45)
    #expect(abs(probe.duration - 1.5) < 0.001 && abs(probe.rate - 30) < 0.01)
  }
}
