import TestSupport
import Testing

@testable import Inference
@testable import Layers

@Suite struct SoundWindowTests {
  @Test(.enabled(if: Shared.isPresent, "needs ../shared/parity-va"))
  func theReferencesWindowsExactly() throws {
    let videos = try ReferenceWindows.read()
    #expect(videos.count == 4)
    for video in videos {
      let (fps, count) = (Double(video.fps), video.audioSamples)
      #expect(
        video.correctStart
          == (0..<video.frames).map {
            SoundWindow.start(frame: $0, framesPerSecond: fps, count: count)
          })
      for chunk in video.referenceChunks {
        let frames = chunk.frameIds[0]..<chunk.frameIds[0] + chunk.frameIds.count
        #expect(chunk.frameIds == Array(frames))
        #expect(
          chunk.start
            == SoundWindow.referenceStarts(chunk: frames, framesPerSecond: fps, count: count))
      }
      // A frame in two chunks uses its first window.
      for frame in 0..<video.frames {
        let first = video.referenceChunks.first { $0.frameIds.contains(frame) }
        let chunk = SoundWindow.referenceChunk(of: frame, frames: video.frames)
        #expect(first?.frameIds == Array(chunk))
      }
    }
  }

  /// As in a container: times in s, each rounded to a double.
  @Test func timesThatAreRoundedGiveTheSameWindow() {
    for fps in [12, 24, 25, 30, 50, 60] as [Double] {
      for frame in 0..<100_000 {
        let center = 16000 * (Double(frame) / fps + 1 / fps / 2)
        #expect(
          SoundWindow.start(center: center, count: .max)
            == SoundWindow.start(frame: frame, framesPerSecond: fps, count: .max))
      }
    }
  }

  @Test func chunksHoldTheirFrames() {
    for frames in [1, 63, 64, 65, 128, 200] {
      for frame in 0..<frames {
        let chunk = SoundWindow.referenceChunk(of: frame, frames: frames)
        #expect(chunk.contains(frame) && chunk.count == min(64, frames))
      }
    }
    #expect(SoundWindow.referenceChunk(of: 199, frames: nil) == 192..<256)
    #expect(SoundWindow.referenceChunk(of: 70, frames: 65).contains(70), "more than was said")
  }

  @Test func everyWindowLiesInsideTheTrack() {
    for count in [0, 1, 10079, 10080, 10081, 50000] {
      let last = max(0, count - SoundWindow.size)
      for center in [-1e300, -1, 0, 5039.9, 5040, 5041.5, 30000, 1e9, 1e300] {
        #expect((0...last).contains(SoundWindow.start(center: center, count: count)))
      }
      for chunk in [0..<0, 0..<1, 0..<64, 136..<200] {
        let starts = SoundWindow.referenceStarts(
          chunk: chunk, framesPerSecond: 29.97, count: count)
        #expect(starts.count == chunk.count && starts.allSatisfy((0...last).contains))
      }
    }
    #expect(SoundWindow.start(center: 1e18, count: .max) > 0, "a track that goes on")
  }

  @Test func theGridIsNear() {
    for start in -1000...1000 {
      let grid = SoundWindow.onGrid(start)
      #expect(grid % SoundWindow.hop == 0 && abs(grid - start) <= SoundWindow.hop / 2)
    }
  }
}
