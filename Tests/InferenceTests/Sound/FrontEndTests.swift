import Foundation
import Testing

@testable import Inference
@testable import Layers

@Suite struct FrontEndTests {
  /// More than a minute of speech. espeak-ng's 22050 samples a second are treated as 16000, which
  /// makes the speech slower.
  static let speech: [Float]? = {
    let text = (1...40).map { "Sentence \($0): the quick brown fox, and what becomes of it." }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["espeak-ng", "--stdout", text.joined(separator: " ")]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return data.dropFirst(44).withUnsafeBytes { bytes in
      (0..<bytes.count / 2).map {
        Float(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self)) / 32768
      }
    }
  }()

  @Test(.enabled(if: speech != nil, "needs espeak-ng"))
  func aMinuteOfSpeechColumnByColumn() throws {
    let speech = try #require(Self.speech)
    try #require(speech.count > 60 * SoundWindow.sampleRate)
    let (live, whole) = (FrontEnd(), FrontEnd())
    var (worst, loudest, columns): (Float, Float, Int) = (0, -.infinity, 0)
    let frames = 60 * 30
    for frame in 0..<frames {
      let start = SoundWindow.onGrid(
        SoundWindow.start(frame: frame, framesPerSecond: 30, count: speech.count))
      hear(speech, start, live, at: start)
      hear(speech, start, whole, at: nil)
      worst = max(worst, difference(live, whole))
      loudest = max(loudest, whole.coefficients.start[0])
      if frame > 0 { columns += live.computed }
    }
    #expect(worst < 1e-4)
    #expect(loudest > -20, "there is something to hear, silence has -110")
    // 3.3 new columns on average, and the three at the window's ends.
    #expect(Double(columns) / Double(frames - 1) < 6.5)
  }

  /// All kinds of steps: forwards on the grid and off it, none, backwards, a gap, an isolated
  /// window.
  @Test func whateverTheStepTheWindowIsRight() {
    var seed: UInt32 = 7
    let noise = (0..<60_000).map { _ in
      seed = seed &* 1_664_525 &+ 1_013_904_223
      return Float(seed >> 16) / 65536 - 0.5
    }
    let (live, whole) = (FrontEnd(), FrontEnd())
    let starts: [(start: Int, position: Int?, columns: Int)] = [
      (0, 0, 63), (160, 160, 4), (160, 160, 3), (1600, 1600, 12), (1601, 1601, 63),
      (1761, 1761, 4), (1441, 1441, 63), (11041, 11041, 63), (10881, 10881, 63),
      (20321, 20321, 62), (30081, 30081, 63), (30081, nil, 63), (30241, 30241, 63),
      (30401, 30401, 4), (30561, .max, 63), (30721, .min, 63), (31041, 31041, 63),
    ]
    for (start, position, columns) in starts {
      hear(noise, start, live, at: position)
      hear(noise, start, whole, at: nil)
      #expect(difference(live, whole) < 1e-4, "at \(start)")
      #expect(live.computed == columns, "at \(start)")
    }
  }

  private func hear(_ sound: [Float], _ start: Int, _ frontEnd: FrontEnd, at position: Int?) {
    sound.withUnsafeBufferPointer { frontEnd.hear($0.baseAddress! + start, at: position) }
  }

  private func difference(_ first: FrontEnd, _ second: FrontEnd) -> Float {
    var worst: Float = 0
    for block in 0..<4 {
      for place in 0..<SequenceBuffer.count * 16 {
        let at = block * SequenceBuffer.distance + place
        worst = max(worst, abs(first.coefficients.start[at] - second.coefficients.start[at]))
      }
    }
    return worst
  }
}
