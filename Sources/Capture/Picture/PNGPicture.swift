import CPNG
import Imaging

/// Reads PNG from memory with libpng's simplified interface.
enum PNGPicture {
  enum Outcome {
    case image(Image)
    case damaged(reason: String)
    case tooLarge
  }

  static func read(_ bytes: UnsafeRawBufferPointer, maximumPixels: Int) -> Outcome {
    var reader = png_image()
    reader.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&reader) }
    guard png_image_begin_read_from_memory(&reader, bytes.baseAddress, bytes.count) != 0 else {
      return .damaged(reason: reason(reader))
    }
    let (width, height) = (Int(reader.width), Int(reader.height))
    guard width > 0, height > 0, width * height <= maximumPixels else { return .tooLarge }
    reader.format = png_uint_32(emenet_png_bgra)
    var image = Image(width: width, height: height)
    let stride = image.bytesPerRow
    let done = image.withUnsafeMutableBytes { target in
      let done = png_image_finish_read(
        &reader, nil, target.baseAddress, png_int_32(stride), nil)
      for row in 0..<height {
        for offset in Swift.stride(from: row * stride, to: row * stride + width * 4, by: 4) {
          let alpha = UInt16(target[offset + 3])
          if alpha == 255 { continue }
          for channel in offset..<offset + 3 {
            target[channel] = UInt8((UInt16(target[channel]) * alpha + 255 * (255 - alpha)) / 255)
          }
        }
      }
      return done
    }
    return done != 0 ? .image(image) : .damaged(reason: reason(reader))
  }

  private static func reason(_ reader: png_image) -> String {
    withUnsafeBytes(of: reader.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
