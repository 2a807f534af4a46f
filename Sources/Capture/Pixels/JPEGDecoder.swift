import CTurboJPEG
import Imaging

/// libturbojpeg's decompressor. Not thread-safe.
final class JPEGDecoder {
  enum Damage: Error, Equatable {
    /// The header or the data cannot be decoded; `reason` is libjpeg's message.
    case undecodable(reason: String)
    /// Decoded, but part of the picture is missing or wrong; `reason` is libjpeg's message.
    case incomplete(reason: String)
    case size(width: Int, height: Int)
  }

  struct Header {
    var width: Int
    var height: Int
    /// Whether it has four inks, as for print.
    var isCMYK: Bool
  }

  private let handle: tjhandle

  init() {
    handle = tjInitDecompress()
  }

  deinit { tjDestroy(handle) }

  func header(of bytes: UnsafeRawBufferPointer) throws(Damage) -> Header {
    var (width, height, subsampling, colorSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let code = tjDecompressHeader3(
      handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count), &width,
      &height, &subsampling, &colorSpace)
    // Warnings about the header come up again when decoding.
    guard width > 0, height > 0, code == 0 || !failedForGood else {
      throw .undecodable(reason: reason)
    }
    return Header(
      width: Int(width), height: Int(height),
      isCMYK: colorSpace == Int32(TJCS_CMYK.rawValue) || colorSpace == Int32(TJCS_YCCK.rawValue))
  }

  /// Decodes into `image`, which has the size from the header. If it throws `.incomplete`, the
  /// image contains what the data provided.
  func decode(
    _ bytes: UnsafeRawBufferPointer, _ header: Header, into image: inout Image
  ) throws(Damage) {
    let (width, height, stride) = (image.width, image.height, image.bytesPerRow)
    precondition(width == header.width && height == header.height, "an image of that size")
    let format = header.isCMYK ? TJPF_CMYK : TJPF_BGRX
    let code = image.withUnsafeMutableBytes { target in
      let code = tjDecompress2(
        handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt(bytes.count),
        target.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(width), Int32(stride),
        Int32(height), Int32(format.rawValue), Int32(TJFLAG_LIMITSCANS))
      if header.isCMYK { separate(target) }
      return code
    }
    guard code == 0 || (!failedForGood && isHarmless(reason)) else {
      throw failedForGood ? .undecodable(reason: reason) : .incomplete(reason: reason)
    }
  }

  private var failedForGood: Bool { tjGetErrorCode(handle) == Int32(TJERR_FATAL.rawValue) }
  private var reason: String { String(cString: tjGetErrorStr2(handle)) }

  /// Many webcams pad their frames before the last marker; the picture is complete.
  private func isHarmless(_ warning: String) -> Bool { warning.contains("extraneous bytes") }

  /// Converts CMYK with inverted inks, as written by Adobe's programs, to BGRX in place.
  private func separate(_ pixels: UnsafeMutableRawBufferPointer) {
    for offset in Swift.stride(from: 0, to: pixels.count, by: 4) {
      let (cyan, magenta, yellow) = (pixels[offset], pixels[offset + 1], pixels[offset + 2])
      let black = UInt16(pixels[offset + 3])
      pixels[offset] = UInt8(UInt16(yellow) * black / 255)
      pixels[offset + 1] = UInt8(UInt16(magenta) * black / 255)
      pixels[offset + 2] = UInt8(UInt16(cyan) * black / 255)
    }
  }
}
