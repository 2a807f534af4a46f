import CFFmpeg
import Imaging

/// Converts any pixel format that libswscale supports into an ``Image``.
final class PixelConverter {
  private var context: OpaquePointer?
  /// What ``context`` is for. `sws_getCachedContext` would not do: it takes its own BGR0 for another
  /// format, and so begins anew with each picture, without the colour space.
  private var configured: (source: Source, width: Int, height: Int)?

  /// Properties of the pictures to convert.
  struct Source: Equatable {
    var width: Int
    var height: Int
    var format: AVPixelFormat
    /// `SWS_CS_*` constant for the luma and chroma weights.
    var colorSpace: Int32 = emenet_sws_default_colorspace
    /// Luma from 0 to 255 rather than 16 to 235.
    var fullRange = false
  }

  /// Scales to `width` x `height` where the source has another size; nil if libswscale cannot.
  /// `planes` and `strides` have four entries, as in an AVFrame; strides are bytes.
  func image(
    from source: Source, planes: [UnsafePointer<UInt8>?], strides: [Int32], width: Int, height: Int
  ) -> Image? {
    if configured?.source != source || configured?.width != width || configured?.height != height {
      sws_freeContext(context)
      context = sws_getContext(
        Int32(source.width), Int32(source.height), source.format,
        Int32(width), Int32(height), AV_PIX_FMT_BGR0, Int32(SWS_BICUBIC), nil, nil, nil)
      configured = (source, width, height)
      if let context {
        // Fails for formats without chroma, which have no colour space to select.
        _ = sws_setColorspaceDetails(
          context, sws_getCoefficients(source.colorSpace), source.fullRange ? 1 : 0,
          sws_getCoefficients(emenet_sws_default_colorspace), 1, 0, 1 << 16, 1 << 16)
      }
    }
    guard let context else { return nil }
    var image = Image(width: width, height: height)
    let rows = image.withUnsafeMutableBytes { bytes in
      var target: UnsafeMutablePointer<UInt8>? =
        bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
      var stride = Int32(bytes.count / height)
      return sws_scale(context, planes, strides, 0, Int32(source.height), &target, &stride)
    }
    return rows == Int32(height) ? image : nil
  }

  deinit { sws_freeContext(context) }
}
