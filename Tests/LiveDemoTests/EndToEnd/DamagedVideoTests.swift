import Foundation
import SoundTesting
import TestSupport
import Testing

@testable import LiveDemo

/// Row 32: one line and one place for every frame of a damaged video.
@Suite(.enabled(if: FFmpeg.isThere, "making the videos takes ffmpeg")) struct DamagedVideoTests {
  private let folder = ScratchFolder()

  /// 24 JPEG pictures at 12 a second, with those at `damaged` destroyed, truncated after `kept`
  /// bytes.
  private func video(
    damaged: Set<Int> = [], keeping share: Double = 1
  ) throws -> (path: String, pictures: Int) {
    let path = folder.file("clip.avi")
    try FFmpeg.run("-f lavfi -i testsrc=s=128x128:r=12:d=2 -c:v mjpeg \(path)")
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    // Chunks of pictures: "00dc", size, JPEG data.
    let places = bytes.ranges(of: Array("00dc".utf8)).map(\.upperBound)
      .filter { bytes[$0 + 4] == 0xFF && bytes[$0 + 5] == 0xD8 }
    for index in damaged { for byte in 0..<400 { bytes[places[index] + 4 + byte] = 0 } }
    bytes.removeLast(bytes.count - Int(Double(bytes.count) * share))
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return (path, places.count { $0 + 5 < bytes.count })
  }

  private func crops() throws -> [String] {
    try String(contentsOfFile: folder.file("out/merged/uncertainty/clip.csv"), encoding: .utf8)
      .split(separator: "\n").dropFirst().map { String($0.split(separator: ",")[2]) }
  }

  @Test(arguments: [[], [0], [5], [23], [3, 4, 5, 11, 20], [0, 1, 22, 23]] as [Set<Int>])
  func row32_everyFrameHasALine(damaged: Set<Int>) throws {
    let (path, _) = try video(damaged: damaged)
    let outcome = try Program.run([
      "predict", "--members", "1", "--cropped", "--output-dir", folder.file("out"), path,
    ])
    #expect(outcome.exitCode == (damaged.isEmpty ? 0 : 1), "\(outcome)")
    #expect(outcome.errors.contains("\(damaged.count) of 24 frames") == !damaged.isEmpty)
    #expect(try crops() == (0..<24).map { damaged.contains($0) ? "damaged" : "present" })
    for task in ["AU", "EXPR", "VA"] {
      let text = try String(
        contentsOfFile: folder.file("out/merged/\(task)/clip.txt"), encoding: .utf8)
      #expect(text.split(separator: "\n").count == 25)
    }
  }

  @Test(arguments: [0.3, 0.7])
  func row32_aVideoThatIsCutOffHasItsLinesToo(share: Double) throws {
    let (path, pictures) = try video(keeping: share)
    let outcome = try Program.run([
      "predict", "--members", "1", "--cropped", "--output-dir", folder.file("out"), path,
    ])
    #expect(outcome.exitCode == 1, "\(outcome)")
    let crops = try crops()
    #expect(crops.count == 24)
    #expect(abs(crops.count { $0 == "present" } - pictures) <= 1)
  }

  @Test func row32_liveCountsThemAsDropped() throws {
    let (path, _) = try video(damaged: [2, 9, 10])
    let outcome = try Program.run([
      "--input", path, "--no-ui", "--members", "1", "--json", "-",
    ])
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("emenet: \(path): 3 frames damaged"), "\(outcome.errors)")
    let dropped = outcome.output.matches(of: /"dropped":(\d+)/).map { Int($0.1) }
    #expect(dropped == [0, 0] + [1, 1, 1, 1, 1, 1] + [Int?](repeating: 3, count: 13))
  }
}
