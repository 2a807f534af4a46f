import CTurboJPEG
import Imaging

/// libturbojpeg's decompressor. For one thread at a time.
final class JPEGDecoder {
  enum Damage: Error, Equatable {
    /// The header cannot be read, or the data cannot be decoded; libjpeg's words.
    case undecodable(reason: String)
    /// Decoded, and part of the picture is missing or wrong; libjpeg's words.
    case incomplete(reason: String)
    case size(width: Int, height: Int)
  }

  struct Header {
    var width: Int
    var height: Int
    /// Four inks, as printers use them.
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
    // What the header makes it warn of is met again when decoding.
    guard width > 0, height > 0, code == 0 || !failedForGood else {
      throw .undecodable(reason: reason)
    }
    return Header(
      width: Int(width), height: Int(height),
      isCMYK: colorSpace == Int32(TJCS_CMYK.rawValue) || colorSpace == Int32(TJCS_YCCK.rawValue))
  }

  /// Fills `image`, which has the header's size. `.incomplete` is thrown with the image filled as
  /// far as the data go.
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

  /// Many webcams pad their frames before the last marker; the picture is whole.
  private func isHarmless(_ warning: String) -> Bool { warning.contains("extraneous bytes") }

  /// CMYK with inks stored inverted, as Adobe's programs write it, to BGRX in place.
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
