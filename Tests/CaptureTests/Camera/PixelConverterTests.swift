import CFFmpeg
import Imaging
import Testing

@testable import Capture

@Suite struct PixelConverterTests {
  /// One after another in one converter; the second of a kind is no different from the first.
  @Test func eachPictureHasItsColourSpace() throws {
    let converter = PixelConverter()
    func pixel(
      _ luma: UInt8, red: UInt8 = 128, isFull: Bool = false, isHD: Bool = false, side: Int = 32
    ) throws -> Pixel {
      let y = [UInt8](repeating: luma, count: 32 * 32)
      let (u, v) = ([UInt8](repeating: 128, count: 256), [UInt8](repeating: red, count: 256))
      let image = try y.withUnsafeBufferPointer { y in
        try u.withUnsafeBufferPointer { u in
          try v.withUnsafeBufferPointer { v in
            try #require(
              converter.image(
                from: .init(
                  width: 32, height: 32, format: AV_PIX_FMT_YUV420P,
                  colorSpace: isHD ? Int32(SWS_CS_ITU709) : emenet_sws_default_colorspace,
                  fullRange: isFull),
                planes: [y.baseAddress, u.baseAddress, v.baseAddress, nil],
                strides: [32, 16, 16, 0], width: side, height: side))
          }
        }
      }
      #expect(image.width == side)
      return image[side / 2, side / 2]
    }
    for _ in 0..<3 {
      for side in [32, 32, 16, 16] {
        for _ in 0..<2 {
          let full = try pixel(200, isFull: true, side: side)
          #expect(abs(Int(full.red) - 200) <= 1 && abs(Int(full.blue) - 200) <= 1)
        }
        for _ in 0..<2 {
          // (200 - 16) * 255 / 219; libswscale is up to 2 off
          #expect(abs(Int(try pixel(200, side: side).green) - 214) <= 3)
        }
        for (isHD, red) in [
          (true, 102 + 71), (true, 102 + 71), (false, 102 + 63), (false, 102 + 63),
        ] {
          // Red exceeds grey by 1.793 or 1.596 times what its difference exceeds 128.
          #expect(abs(Int(try pixel(104, red: 168, isHD: isHD, side: side).red) - red) <= 2)
        }
      }
    }
  }
}
