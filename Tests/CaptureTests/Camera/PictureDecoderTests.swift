import Imaging
import Testing

@testable import Capture

@Suite struct PictureDecoderTests {
  /// Eight by four pixels of one colour in each raw format, with padded rows and limited range:
  /// luma 145, Cb 54, Cr 34 is pure green in BT.601; luma 81, 90, 240 is red.
  @Test(
    arguments: [
      (FourCC.yuyv, 2, [145, 54, 145, 34]), (.uyvy, 2, [54, 145, 34, 145]), (.nv12, 1, [145]),
      (.nv21, 1, [145]), (.yu12, 1, [145]), (.yv12, 1, [145]), (.rgb3, 3, [0, 255, 1]),
      (.bgr3, 3, [1, 255, 0]), (.grey, 1, [77]),
    ] as [(FourCC, Int, [UInt8])], [0, 16])
  func decodesEveryRawFormat(
    _ kind: (format: FourCC, bytes: Int, pattern: [UInt8]), padding: Int
  ) throws {
    let (width, height) = (8, 4)
    let stride = width * kind.bytes + padding
    var bytes = (0..<height).flatMap { _ in
      (0..<stride).map { $0 < width * kind.bytes ? kind.pattern[$0 % kind.pattern.count] : 7 }
    }
    switch kind.format {
    case .nv12: bytes += (0..<stride).flatMap { _ in [54, 34] as [UInt8] }
    case .nv21: bytes += (0..<stride).flatMap { _ in [34, 54] as [UInt8] }
    case .yu12: bytes += [54, 34].flatMap { [UInt8](repeating: $0, count: stride) }
    case .yv12: bytes += [34, 54].flatMap { [UInt8](repeating: $0, count: stride) }
    default: break
    }
    let format = BufferFormat(
      width: width, height: height, pixelFormat: kind.format, bytesPerRow: stride)
    let decoder = PictureDecoder()
    let image = try #require(bytes.withUnsafeBytes { decoder.image($0, format) })
    let expected =
      kind.format == .grey
      ? Pixel(red: 77, green: 77, blue: 77) : Pixel(red: 0, green: 255, blue: 1)
    for y in 0..<height {
      for x in 0..<width {
        #expect(image[x, y].isNear(expected, within: 3), "\(kind.format) \(x) \(y)")
      }
    }
    // One byte less is a damaged frame.
    #expect(bytes.dropLast().withUnsafeBytes { decoder.image($0, format) } == nil)
  }
}
