import Foundation
import TestSupport
import Testing

@testable import Inference

@Suite struct SoundWindowTests {
  struct Windows: Decodable {
    struct Case: Decodable {
      struct Chunk: Decodable {
        var frameIds: [Int]
        var start: [Int]
      }
      var fps: Double
      var frames: Int
      var audioSamples: Int
      var referenceChunks: [Chunk]
      var correctStart: [Int]
    }
    var cases: [Case]
  }

  @Test(.enabled(if: Shared.isPresent, "needs ../shared/parity-va"))
  func theReferencesWindowsExactly() throws {
    let file = URL(fileURLWithPath: Shared.path("parity-va/windows.json"))
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let windows = try decoder.decode(Windows.self, from: Data(contentsOf: file))
    #expect(windows.cases.count == 4)
    for video in windows.cases {
      let (fps, count) = (video.fps, video.audioSamples)
      #expect(
        video.correctStart
          == (0..<video.frames).map {
            SoundWindow.start(frame: $0, framesPerSecond: fps, count: count)
          })
      var merged: [Int: Int] = [:]
      for chunk in video.referenceChunks {
        let frames = chunk.frameIds[0]..<chunk.frameIds[0] + chunk.frameIds.count
        #expect(chunk.frameIds == Array(frames))
        #expect(
          chunk.start
            == SoundWindow.referenceStarts(chunk: frames, framesPerSecond: fps, count: count))
        for (frame, start) in zip(chunk.frameIds, chunk.start) where merged[frame] == nil {
          merged[frame] = start
        }
      }
      #expect(
        (0..<video.frames).map { merged[$0] }
          == SoundWindow.referenceStarts(
            frames: video.frames, framesPerSecond: fps, count: count))
    }
  }

  @Test func everyWindowLiesInsideTheTrack() {
    for count in [0, 1, 10079, 10080, 10081, 50000] {
      let last = max(0, count - SoundWindow.size)
      for center in [-1e300, -1, 0, 5039.9, 5040, 5041.5, 30000, 1e9, 1e300] {
        #expect((0...last).contains(SoundWindow.start(center: center, count: count)))
      }
      for frames in [0, 1, 63, 64, 65, 200] {
        let starts = SoundWindow.referenceStarts(
          frames: frames, framesPerSecond: 29.97, count: count)
        #expect(starts.count == frames && starts.allSatisfy((0...last).contains))
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
