import Capture
import Imaging
import Inference
import SoundTesting
import Testing

@testable import Reading

/// A microphone that has delivered `count` samples; sample n is n / 1e6.
private final class GrowingSound: SoundReader {
  let origin: Double
  var count: Int

  init(origin: Double, count: Int) {
    self.origin = origin
    self.count = count
  }

  func available(upTo end: Int) -> Int { min(end, count) }

  func read(from first: Int, into samples: UnsafeMutableBufferPointer<Float>) {
    for index in samples.indices {
      let number = first + index
      samples[index] = number >= 0 && number < count ? Float(number) / 1e6 : 0
    }
  }
}

@Suite struct SoundCutterTests {
  /// The clicks in the samples show where each window lies, for various rates, late tracks and
  /// containers with coarse times.
  @Test(
    .enabled(if: FFmpeg.isThere, "needs ffmpeg"),
    arguments: ["24000/1001", "25", "30000/1001", "30"], [0, 0.7])
  func windowsAreCentredOnTheirFrames(framesPerSecond: String, delay: Double) async throws {
    for ending in ["mp4", "mkv"] {
      try await FFmpeg.withFolder { folder in
        let file = folder + "/clip." + ending
        try FFmpeg.clicks(
          file, seconds: 3, rate: 48000, delay: delay, framesPerSecond: framesPerSecond,
          codec: "pcm_s16le")
        let parts = framesPerSecond.split(separator: "/").compactMap { Double($0) }
        let rate = parts.count == 2 ? parts[0] / parts[1] : parts[0]
        let cutter = SoundCutter(try SoundFile(path: file), .centered)
        let video = VideoFile(path: file, pacing: .everyFrame)
        try video.start()
        defer { video.stop() }
        var centred = 0
        while let frame = try await video.next() {
          let middle = (Double(frame.sequence) + 0.5) / rate
          let cut = cutter.cut(frame)
          // The track has 48,000 samples and starts at `delay`.
          let ideal = 16000 * (middle - delay) - 5040
          let expected = max(0, min(ideal, 48000 - 10080))
          #expect(abs(Double(cut.start) - expected) <= 16, "frame \(frame.sequence)")
          let isCentred = ideal >= 0 && ideal <= 48000 - 10080
          if isCentred {
            centred += 1
            #expect(abs(cut.offsetMilliseconds) < 1)
            let clicks = cutter.window.clicks.filter { $0 > 0 }
            #expect(!clicks.isEmpty)
            for click in clicks {
              let time = middle + (Double(click) - 5040) / 16000
              // Clicks are at a quarter and three quarters of each second of the track.
              let distance = ((time - delay - 0.25) / 0.5).rounded() * 0.5 + 0.25 + delay - time
              #expect(abs(distance) < 0.001, "frame \(frame.sequence): \(distance) s")
            }
          }
        }
        #expect(centred >= Int((2.3 - delay) * rate))
      }
    }
  }

  /// In a live session the window ends with the newest sample, on the grid; once all are there, it
  /// is centred.
  @Test(arguments: [
    // samples received -> first sample, whether the window is complete
    (0, 0, false), (5000, 0, false), (10080, 0, true), (20000, 9920, true), (60000, 42880, true),
    (48000, 37920, true), (53000, 42880, true),
  ])
  func liveWindowsEndWithTheSoundSoFar(count: Int, start: Int, isComplete: Bool) {
    let sound = GrowingSound(origin: 100, count: count)
    let cutter = SoundCutter(sound, .live)
    // Its middle is at sample 48,000.
    let cut = cutter.cut(frame(clockTime: 102.98, duration: 0.04))
    #expect(cut == SoundCut(start: start, frameMiddle: cut.frameMiddle, isComplete: isComplete))
    #expect(abs(cut.frameMiddle - 48000) < 1e-6)
    #expect(start % SoundWindow.hop == 0)
    for place in stride(from: 0, to: 10080, by: 997) where start + place < count {
      #expect(cutter.window[place] == Float(start + place) / 1e6)
    }
  }

  /// Chunk by chunk; the last chunk of a video of known length overlaps the one before.
  @Test(arguments: [24, 25, 29.97, 60], [nil, 150])
  func referenceWindowsComeChunkByChunk(rate: Double, frames: Int?) {
    let sound = GrowingSound(origin: 0, count: 200_000)
    let cutter = SoundCutter(sound, .reference(framesPerSecond: rate, frames: frames))
    for number in 0..<150 {
      var next = frame(clockTime: Double(number) / rate, duration: 1 / rate)
      next.sequence = number
      let chunk = SoundWindow.referenceChunk(of: number, frames: frames)
      let starts = SoundWindow.referenceStarts(
        chunk: chunk, framesPerSecond: rate, count: 200_000)
      #expect(cutter.cut(next).start == starts[number - chunk.lowerBound])
    }
  }

  @Test func aSeparateSoundBeginsWithTheFirstFrame() {
    var first = frame(clockTime: 77, duration: 0.04)
    first.time = 2
    let cutter = SoundCutter(
      GrowingSound(origin: 5, count: 100_000), .centered, isSeparate: true)
    #expect(cutter.cut(first).frameMiddle == 16000 * 2.02)
  }

  private func frame(clockTime: Double, duration: Double) -> Frame {
    Frame(
      image: Image(width: 2, height: 2), time: clockTime, clockTime: clockTime, duration: duration,
      sequence: 0, capturedAt: 0, dropped: 0)
  }
}
