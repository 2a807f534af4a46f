import Foundation
import Imaging

/// Frames of a video file, through the program ffmpeg.
struct Clip: Sequence, IteratorProtocol {
  let framesPerSecond: Double
  private let width: Int
  private let height: Int
  private let output: FileHandle
  private(set) var count = 0

  init(_ url: URL, width: Int, height: Int, framesPerSecond: Double) throws {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/ffmpeg")
    process.arguments = [
      "-v", "error", "-nostdin", "-threads", "1", "-i", url.path, "-f", "rawvideo", "-pix_fmt",
      "bgr0", "-",
    ]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    output = pipe.fileHandleForReading
    self.width = width
    self.height = height
    self.framesPerSecond = framesPerSecond
  }

  mutating func next() -> Image? {
    guard let data = try? output.read(upToCount: width * height * 4),
      data.count == width * height * 4
    else { return nil }
    var image = Image(width: width, height: height)
    let bytesPerRow = image.bytesPerRow
    image.withUnsafeMutableBytes { target in
      data.withUnsafeBytes { source in
        for y in 0..<height {
          memcpy(
            target.baseAddress! + y * bytesPerRow, source.baseAddress! + y * width * 4, width * 4)
        }
      }
    }
    count += 1
    return image
  }

  static var canBeRead: Bool {
    Shared.isHere && FileManager.default.isExecutableFile(atPath: "/usr/bin/ffmpeg")
  }
}
