import CTurboJPEG
import Foundation
import Imaging

/// A tree like Aff-Wild2's `cropped_aligned`: a folder per video, a JPEG per frame.
struct FrameFolders {
  /// By name, in the order in which folders are processed.
  static let frameCounts = [
    ("pair_left", 20), ("pair_right", 23), ("v1", 1), ("v128", 128), ("v14", 14), ("v200", 200),
    ("v63", 63), ("v64", 64), ("v65", 65),
  ]
  static let total = frameCounts.reduce(0) { $0 + $1.1 }

  let path: String

  /// - Parameter only: names of the videos to make
  init(in folder: String, only: Set<String>? = nil) throws {
    path = folder + "/crops"
    for (name, count) in Self.frameCounts where only?.contains(name) ?? true {
      let video = path + "/" + name
      try FileManager.default.createDirectory(atPath: video, withIntermediateDirectories: true)
      for frame in 1...count where !Self.isMissing(frame, of: name) {
        let file =
          video + "/" + String(repeating: "0", count: 5 - "\(frame)".count) + "\(frame).jpg"
        try Self.jpeg(frame + 50 * count).write(to: URL(fileURLWithPath: file))
      }
    }
    // The folder also contains a file that is not a video.
    try Data("notes".utf8).write(to: URL(fileURLWithPath: path + "/README"))
  }

  /// The first crops of one video, and single ones and runs in others; never the last, which
  /// defines the number of frames.
  static func isMissing(_ frame: Int, of name: String) -> Bool {
    switch name {
    case "v14": frame < 3
    case "v65", "v200": frame % 17 == 3 || (30..<36).contains(frame)
    case "pair_left": frame == 11
    default: false
    }
  }

  /// A different picture for each number.
  private static func jpeg(_ number: Int) throws -> Data {
    let image = Image.pattern(number)
    let compressor = tjInitCompress()
    defer { tjDestroy(compressor) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    let code = image.withUnsafeBytes {
      tjCompress2(
        compressor, $0.baseAddress!.assumingMemoryBound(to: UInt8.self), Int32(image.width),
        Int32(image.bytesPerRow), Int32(image.height), Int32(TJPF_BGRX.rawValue), &bytes, &count,
        Int32(TJSAMP_420.rawValue), 90, 0)
    }
    defer { tjFree(bytes) }
    guard code == 0, let bytes else { throw CocoaError(.fileWriteUnknown) }
    return Data(bytes: bytes, count: Int(count))
  }
}

extension Image {
  /// 112 x 112 with soft blobs, different for each number.
  static func pattern(_ number: Int) -> Image {
    var image = Image(width: 112, height: 112)
    let phase = Float(number) * 0.7
    for y in 0..<112 {
      for x in 0..<112 {
        let (u, v) = (Float(x) / 20, Float(y) / 20)
        func level(_ value: Float) -> UInt8 { UInt8(128 + 100 * value) }
        image[x, y] = Pixel(
          red: level(sin(u + phase) * cos(v)), green: level(sin(u * v / 3 + phase)),
          blue: level(cos(v - phase)))
      }
    }
    return image
  }
}
