import Capture
import Foundation
import SoundTesting
import TestSupport
import Testing

@testable import Recording

/// A sound with clicks of 2 ms at each half second.
private final class ClickingSound: SoundReader {
  let origin = 0.0
  func available(upTo end: Int) -> Int { end }
  func read(from first: Int, into samples: UnsafeMutableBufferPointer<Float>) {
    for index in samples.indices {
      let number = first + index
      samples[index] = number >= 0 && number % 8000 < 32 ? 0.8 : 0
    }
  }
}

@Suite struct SoundtrackTests {
  private let folder = ScratchFolder()

  /// Records pictures at `times` together with the sound at `soundTimes`; returns the times of the
  /// clicks in the video.
  private func clicks(
    _ container: VideoContainer, framesPerSecond: Double = 25, _ times: [(Double, sound: Double)]
  ) throws -> [Double] {
    let path = folder.file("\(UUID().uuidString).\(container)")
    let recorder = try VideoRecorder(
      path: path, framesPerSecond: framesPerSecond, sound: ClickingSound())
    for (index, (time, sound)) in times.enumerated() {
      var reading = Sample.reading(frame: index, time: time)
      reading.soundTime = sound
      recorder.append(reading)
    }
    recorder.finish()
    let summary = recorder.progress
    #expect(summary.failure == nil)
    let file = try SoundFile(path: path)
    let count = file.available(upTo: .max)
    let end = file.origin + Double(count) / 16000
    // The last AAC packet may be padded.
    #expect(end - summary.seconds > -0.002 && end - summary.seconds < 0.065, "\(container)")
    let video = try VideoProbe(path)
    #expect(abs(video.duration - summary.seconds) < 0.07)
    return file.samples(0..<count).clicks.map { file.origin + Double($0) / 16000 }
  }

  /// AAC smears a click over a few ms before it.
  private func expect(
    _ found: [Double], _ expected: [Double], _ container: VideoContainer,
    within tolerance: Double = 0.012, line: Int = #line
  ) {
    let place = SourceLocation(
      fileID: #fileID, filePath: #filePath, line: line, column: 1)
    #expect(found.count == expected.count, "\(container): \(found)", sourceLocation: place)
    for (time, wanted) in zip(found, expected) {
      #expect(
        abs(time - wanted) < tolerance, "\(container): \(time) for \(wanted)", sourceLocation: place
      )
    }
  }

  @Test(arguments: VideoContainer.allCases, [24000 / 1001.0, 25, 30000 / 1001.0, 30])
  func soundAndPicturesStayTogether(container: VideoContainer, rate: Double) throws {
    // The recording starts 10.3 s into the sound.
    let times = (0..<100).map { (Double($0) / rate, sound: 10.3 + Double($0) / rate) }
    let end = 100 / rate
    expect(
      try clicks(container, framesPerSecond: rate, times),
      stride(from: 0.2, to: end, by: 0.5).map { $0 }, container)
  }

  @Test(arguments: VideoContainer.allCases)
  func aPauseIsSilent(container: VideoContainer) throws {
    var times: [(Double, sound: Double)] = []
    for start in [0.0, 6] {
      for frame in 0..<50 {
        let time = start + Double(frame) / 25
        times.append((time, sound: time + 0.1))
      }
    }
    expect(
      try clicks(container, times), [0.4, 0.9, 1.4, 1.9, 6.4, 6.9, 7.4, 7.9], container)
  }

  /// Killed during recording: the repaired file has both streams.
  @Test func repairKeepsTheSound() throws {
    let path = folder.file("live.avi")
    let recorder = try VideoRecorder(
      path: path, framesPerSecond: 25, sound: ClickingSound())
    for frame in 0..<100 {
      var reading = Sample.reading(frame: frame, time: Double(frame) / 25)
      reading.soundTime = 0.1 + reading.time
      recorder.append(reading)
    }
    while recorder.progress.frames < 100 { usleep(2000) }
    let copy = folder.file("killed.avi")
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    recorder.finish()
    let summary = try Repair.run(copy)
    #expect(summary.frames >= 98)
    let file = try SoundFile(path: copy)
    let count = file.available(upTo: .max)
    // Only what was not yet written is lost.
    #expect(Double(count) / 16000 > 3.5)
    expect(
      file.samples(0..<count).clicks.map { Double($0) / 16000 }.filter { $0 < 3.5 },
      [0.4, 0.9, 1.4, 1.9, 2.4, 2.9, 3.4], .avi)
  }

  /// A looping file: time continues, the sound starts again.
  @Test(arguments: VideoContainer.allCases)
  func aLoopBeginsTheSoundAgain(container: VideoContainer) throws {
    var times: [(Double, sound: Double)] = []
    for frame in 0..<100 {
      times.append((Double(frame) / 25, sound: Double(frame % 40) / 25 + 0.1))
    }
    expect(try clicks(container, times), [0.4, 0.9, 1.4, 2.0, 2.5, 3.0, 3.6], container)
  }

  /// A camera's frames arrive unevenly, and some are lost.
  @Test(arguments: VideoContainer.allCases)
  func jitterAndLostFramesDoNotShift(container: VideoContainer) throws {
    var times: [(Double, sound: Double)] = []
    for frame in 0..<120 where frame % 7 != 3 && !(40..<52).contains(frame) {
      let time = Double(frame) / 25 + 0.006 * sin(Double(frame))
      times.append((time, sound: 3.1 + time))
    }
    expect(
      try clicks(container, times), [0.4, 0.9, 1.4, 1.9, 2.4, 2.9, 3.4, 3.9, 4.4], container,
      within: 0.02)
  }
}
