import CFFmpeg
import Foundation
import Imaging
import TestSupport
import Testing

@testable import Reading
@testable import Recording
@testable import Records
@testable import Runtime

@Suite struct VideoRecorderTests {
  private let folder = ScratchFolder()

  /// Records one reading at each of `times`, with a picture that changes.
  private func record(
    _ path: String, framesPerSecond: Double, times: some Sequence<Double>,
    width: Int = 160, height: Int = 120
  ) throws -> RecordingSummary {
    let recorder = try VideoRecorder(
      path: path, framesPerSecond: framesPerSecond)
    for (frame, time) in times.enumerated() {
      #expect(recorder.append(reading(frame, time, width, height)))
    }
    recorder.finish()
    return recorder.progress
  }

  private func reading(_ frame: Int, _ time: Double, _ width: Int, _ height: Int) -> FrameReading {
    Sample.reading(
      frame: frame, time: time,
      image: Sample.image(width: width, height: height, shade: UInt8(frame % 100)))
  }

  @Test(
    arguments: VideoContainer.allCases, [30, 24000 / 1001.0, 30000 / 1001.0, 12, 25])
  func everyFrameIsThereAtItsTime(container: VideoContainer, rate: Double) throws {
    let path = folder.file("a.\(container)")
    let times = (0..<45).map { Double($0) / rate }
    let summary = try record(path, framesPerSecond: rate, times: times)
    #expect(summary.failure == nil)
    #expect(summary.frames == 45 && summary.repeated == 0 && summary.skipped == 0)
    #expect(abs(summary.seconds - 45 / rate) < 0.002)
    let probe = try VideoProbe(path)
    #expect(probe.times.count == 45)
    #expect(abs(probe.rate - rate) < 0.01 * rate)
    #expect(abs(probe.duration - 45 / rate) < 1 / rate)
    for (time, expected) in zip(probe.times, times) { #expect(abs(time - expected) < 0.002) }
    #expect(
      summary.bytes == (try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int))
    let layout = AnnotationLayout(frameWidth: 160, frameHeight: 120)
    #expect(probe.width == layout.width && probe.height == layout.height)
    if container == .avi { #expect(probe.codec == "mpeg4" && probe.tag == fourCC("XVID")) }
  }

  @Test func aviRepeatsAndSkipsToLastAsLongAsTheClock() throws {
    // 15 a second for two seconds, a gap of one second, then 60 a second for one second.
    let times =
      (0..<30).map { Double($0) / 15 } + (0..<60).map { 3 + Double($0) / 60 }
    let path = folder.file("a.avi")
    let summary = try record(path, framesPerSecond: 30, times: times)
    let probe = try VideoProbe(path)
    #expect(abs(probe.duration - 4) < 1 / 30.0 + 1e-6)
    #expect(probe.times.count == summary.frames)
    #expect(summary.frames + summary.skipped - summary.repeated == times.count)
    #expect(summary.repeated > 50 && summary.skipped > 20)
  }

  @Test(arguments: [VideoContainer.mkv, .mp4])
  func othersCarryTheTimesOfTheSource(container: VideoContainer) throws {
    let times = [0, 0.04, 0.3, 0.31, 1.5, 1.533, 2.0].map { $0 + 17 }
    let path = folder.file("a.\(container)")
    let summary = try record(path, framesPerSecond: 30, times: times)
    #expect(summary.frames == times.count)
    let probe = try VideoProbe(path)
    try #require(probe.times.count == times.count)
    for (time, expected) in zip(probe.times, times) {
      #expect(abs(time - (expected - 17)) <= 0.0006)
    }
  }

  @Test(arguments: VideoContainer.allCases)
  func framesMayChangeTheirSize(container: VideoContainer) throws {
    let path = folder.file("a.\(container)")
    let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
    for (frame, size) in [(161, 121), (161, 121), (64, 200), (640, 480)].enumerated() {
      recorder.append(reading(frame, Double(frame) / 30, size.0, size.1))
    }
    #expect(recorder.finish().failure == nil)
    #expect(try VideoProbe(path).times.count == 4)
  }

  @Test func aRecordingWithoutFramesLeavesNoFile() throws {
    let recorder = try VideoRecorder(
      path: folder.file("a.avi"), framesPerSecond: 30)
    recorder.finish()
    recorder.finish()
    #expect(recorder.progress == RecordingSummary())
    #expect(!recorder.append(Sample.reading()))
    #expect(folder.names().isEmpty)
  }

  @Test(.enabled(if: !Sanitizer.watchesThreads, "it makes pictures slower than they are encoded"))
  func row9_aCameraDoesNotWaitForTheEncoder() throws {
    let path = folder.file("a.mkv")
    let recorder = try VideoRecorder(path: path, framesPerSecond: 1000)
    for frame in 0..<200 { recorder.take(reading(frame, Double(frame) / 1000, 640, 480)) }
    recorder.finish()
    let summary = recorder.progress
    let taken = 200 - summary.overflowed
    #expect(summary.frames == taken)
    #expect(summary.overflowed > 0)
    let times = try VideoProbe(path).times
    #expect(times.count == taken)
    // The last one is always delivered: the video ends where the source does.
    #expect(times.last == 0.199)
  }

  @Test func row10_badOutputsAreKnownBefore() throws {
    let existing = folder.file("a.avi")
    try Data([1]).write(to: URL(fileURLWithPath: existing))
    let known = ["avi", "mkv", "mp4"]
    let cases: [(String, RecordingError)] = [
      (existing, .output(.exists(path: existing))),
      (
        folder.file("no/a.avi"),
        .output(.noDirectory(path: folder.file("no/a.avi"), directory: folder.file("no")))
      ),
      (folder.file("a.mov"), .unknownContainer(path: folder.file("a.mov"), known: known)),
      (folder.file("avi"), .unknownContainer(path: folder.file("avi"), known: known)),
      ("-", .unknownContainer(path: "-", known: known)),
    ]
    for (path, error) in cases {
      #expect(throws: error) { try VideoRecorder.validate(path, force: false) }
      #expect(throws: error) {
        try VideoRecorder(path: path, framesPerSecond: 30)
      }
    }
    #expect(FileManager.default.contents(atPath: existing) == Data([1]))
    try VideoRecorder.validate(existing, force: true)
  }

  @Test func row19_oneFileHasOneRecorder() throws {
    let path = folder.file("a.avi")
    let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
    recorder.append(Sample.reading())
    #expect(throws: RecordingError.output(.inUse(path: path))) {
      try VideoRecorder(path: path, framesPerSecond: 30, force: true)
    }
    #expect(recorder.finish().failure == nil)
    #expect(try VideoProbe(path).times.count == 1)
  }

  /// A copy of what is on the disk when a recording is killed: everything written so far, without
  /// the end.
  private func killedCopy(_ container: VideoContainer, frames: Int) throws -> String {
    let path = folder.file("live.\(container)")
    let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
    for frame in 0..<frames { recorder.append(reading(frame, Double(frame) / 30, 160, 120)) }
    while recorder.progress.frames < frames { usleep(2000) }
    let copy = folder.file("killed.\(container)")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    recorder.finish()
    return copy
  }

  @Test func row13_aKilledMatroskaPlays() throws {
    let path = try killedCopy(.mkv, frames: 90)
    #expect(try VideoProbe(path).times.count >= 90 - 31)
    let repaired = try Repair.run(path)
    #expect(repaired.frames >= 90 - 31)
    let probe = try VideoProbe(path)
    #expect(abs(probe.duration - Double(probe.times.count) / 30) < 1 / 30.0)
  }

  @Test(arguments: [0, 1, 777])
  func row13_aKilledAVIIsRepaired(cutBytes: Int) throws {
    let path = try killedCopy(.avi, frames: 90)
    let data = try #require(FileManager.default.contents(atPath: path))
    try data.dropLast(cutBytes).write(to: URL(fileURLWithPath: path))
    let summary = try Repair.run(path)
    #expect(summary.frames >= 88)
    let probe = try VideoProbe(path)
    #expect(probe.times.count == summary.frames)
    #expect(abs(probe.duration - Double(summary.frames) / 30) < 1 / 30.0)
    #expect(probe.tag == fourCC("XVID"))
    #expect(folder.names() == ["killed.avi", "live.avi"])
  }

  @Test func whatIsNoVideoIsNotReplaced() throws {
    let path = folder.file("a.avi")
    for content in [Data(), Data(repeating: 7, count: 5000)] {
      try content.write(to: URL(fileURLWithPath: path))
      #expect(throws: RecordingError.self) { try Repair.run(path) }
      #expect(FileManager.default.contents(atPath: path) == content)
      #expect(folder.names() == ["a.avi"])
    }
  }
}

@Suite(.enabled(if: SmallDisk.isAvailable, "mounting a small disk takes root"))
struct FullDiskTests {
  @Test(arguments: VideoContainer.allCases)
  func row10_aFullDiskEndsAVideoThatPlays(container: VideoContainer) throws {
    let disk = try SmallDisk(kilobytes: 700)
    let path = disk.path + "/a.\(container)"
    let recorder = try VideoRecorder(path: path, framesPerSecond: 30)
    var frame = 0
    while frame < 2000 {
      let image = Sample.image(width: 320, height: 240, shade: UInt8(frame % 251))
      let reading = Sample.reading(frame: frame, time: Double(frame) / 30, image: image)
      if !recorder.append(reading) { break }
      frame += 1
    }
    recorder.finish()
    let summary = recorder.progress
    #expect(summary.failure == .output(.full(path: path, code: ENOSPC)))
    #expect(summary.frames > 10)
    let probe = try VideoProbe(path)
    #expect(probe.times.count == summary.frames)
    #expect(abs(probe.duration - Double(summary.frames) / 30) < 1 / 30.0 + 0.001)
  }

  @Test func row10_recordsEndWithAWholeLine() throws {
    let disk = try SmallDisk(kilobytes: 64)
    let path = disk.path + "/a.jsonl"
    let writer = try RecordWriter(path: path, format: .json(perMember: false))
    var lines = 0
    #expect(throws: OutputError.full(path: path, code: ENOSPC)) {
      while true {
        try writer.write(Sample.reading(frame: lines))
        lines += 1
      }
    }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(lines > 3 && text.hasSuffix("]}\n") && text.count { $0 == "\n" } == lines)
  }
}
