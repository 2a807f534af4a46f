import CFFmpeg
import Imaging

/// Decodes a camera's bytes into an ``Image``. Not thread-safe.
final class PictureDecoder {
  /// Supported formats, cheapest to decode first.
  static let formats: [FourCC] = [
    .yuyv, .uyvy, .nv12, .nv21, .yu12, .yv12, .mjpg, .jpeg, .bgr3, .rgb3, .grey,
  ]

  private let jpeg = JPEGDecoder()
  private let converter = PixelConverter()

  /// nil if the bytes are damaged, too few, or differ in size from `format`.
  func image(_ bytes: UnsafeRawBufferPointer, _ format: BufferFormat) -> Image? {
    if format.pixelFormat.isJPEG {
      return decompressed(bytes, format)
    }
    return converted(bytes, format)
  }

  private func decompressed(_ bytes: UnsafeRawBufferPointer, _ format: BufferFormat) -> Image? {
    guard let header = try? jpeg.header(of: bytes), header.width == format.width,
      header.height == format.height
    else { return nil }
    var image = Image(width: header.width, height: header.height)
    guard (try? jpeg.decode(bytes, header, into: &image)) != nil else { return nil }
    return image
  }

  private func converted(_ bytes: UnsafeRawBufferPointer, _ format: BufferFormat) -> Image? {
    let (width, height) = (format.width, format.height)
    /// Bytes per pixel of the first plane, and the other planes' strides and rows as fractions.
    let layout: (pixel: AVPixelFormat, bytes: Int, others: [(stride: Int, rows: Int)])
    let stride = format.bytesPerRow
    let rows = (height + 1) / 2
    switch format.pixelFormat {
    case .yuyv: layout = (AV_PIX_FMT_YUYV422, 2, [])
    case .uyvy: layout = (AV_PIX_FMT_UYVY422, 2, [])
    case .nv12: layout = (AV_PIX_FMT_NV12, 1, [(stride, rows)])
    case .nv21: layout = (AV_PIX_FMT_NV21, 1, [(stride, rows)])
    case .yu12, .yv12: layout = (AV_PIX_FMT_YUV420P, 1, [(stride / 2, rows), (stride / 2, rows)])
    case .bgr3: layout = (AV_PIX_FMT_BGR24, 3, [])
    case .rgb3: layout = (AV_PIX_FMT_RGB24, 3, [])
    case .grey: layout = (AV_PIX_FMT_GRAY8, 1, [])
    default: return nil
    }
    guard stride >= width * layout.bytes, let start = bytes.baseAddress else { return nil }
    var planes = [start.assumingMemoryBound(to: UInt8.self) as UnsafePointer<UInt8>?]
    var strides = [Int32(stride)]
    var needed = stride * height
    for plane in layout.others {
      planes.append(start.assumingMemoryBound(to: UInt8.self) + needed)
      strides.append(Int32(plane.stride))
      needed += plane.stride * plane.rows
    }
    guard bytes.count >= needed else { return nil }
    if format.pixelFormat == .yv12 { planes.swapAt(1, 2) }
    while planes.count < 4 {
      planes.append(nil)
      strides.append(0)
    }
    return converter.image(
      from: PixelConverter.Source(
        width: width, height: height, format: layout.pixel,
        colorSpace: format.isBT709 ? Int32(SWS_CS_ITU709) : emenet_sws_default_colorspace,
        fullRange: format.fullRange),
      planes: planes, strides: strides, width: width, height: height)
  }
}
