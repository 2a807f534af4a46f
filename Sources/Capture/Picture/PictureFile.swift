import Glibc
import Imaging

/// Pictures of any format that libavcodec decodes, told apart by their content; JPEG and PNG by their
/// own libraries.
public enum PictureFile {
  static let maximumPixels = 64_000_000
  static let maximumBytes = 256 << 20

  /// The picture as it is to be shown: EXIF's orientation is applied, and what is transparent lies
  /// on white. A JPEG file of which the end is missing is damaged.
  public static func read(_ path: String) throws(PictureError) -> Image {
    let bytes = try contents(of: path)
    // Typed throws do not pass through the standard library's closures.
    let result: Result<Image, PictureError> = bytes.withUnsafeBytes { bytes in
      Result { () throws(PictureError) in
        if isJPEG(bytes) { return try jpeg(bytes, path) }
        if isPNG(bytes) { return try png(bytes, path) }
        return try other(bytes, path)
      }
    }
    return try result.get()
  }

  /// Whether it begins as a file of a single picture does; false for what cannot be read.
  public static func isPicture(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var start = [UInt8](repeating: 0, count: 12)
    let count = Glibc.read(descriptor, &start, start.count)
    return start.prefix(max(0, count)).withUnsafeBytes { bytes in
      isJPEG(bytes) || isPNG(bytes)
        || ["BM", "II*\0", "MM\0*"].contains { bytes.starts(with: $0.utf8) }
        || ["ftypavif", "WEBP"].contains { bytes.suffix($0.utf8.count).elementsEqual($0.utf8) }
    }
  }

  private static func isJPEG(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: [0xFF, 0xD8, 0xFF])
  }

  private static func isPNG(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: [0x89, 0x50, 0x4E, 0x47])
  }

  private static func jpeg(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(PictureError) -> Image {
    let decoder = JPEGDecoder()
    do {
      let header = try decoder.header(of: bytes)
      guard header.width * header.height <= maximumPixels else {
        throw PictureError.tooLarge(path: path)
      }
      var image = Image(width: header.width, height: header.height)
      try decoder.decode(bytes, header, into: &image)
      return exifOrientation(inJPEG: bytes).apply(to: image)
    } catch let error as PictureError {
      throw error
    } catch JPEGDecoder.Damage.undecodable(let reason), JPEGDecoder.Damage.incomplete(let reason) {
      throw .damaged(path: path, reason: reason)
    } catch {
      throw .damaged(path: path, reason: "\(error)")
    }
  }

  private static func png(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(PictureError) -> Image {
    switch PNGPicture.read(bytes, maximumPixels: maximumPixels) {
    case .image(let image): return exifOrientation(inPNG: bytes).apply(to: image)
    case .damaged(let reason): throw .damaged(path: path, reason: reason)
    case .tooLarge: throw .tooLarge(path: path)
    }
  }

  /// WebP, BMP, TIFF, AVIF and what else there is; of several pictures the first.
  private static func other(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(PictureError) -> Image {
    let isAVIF = bytes.dropFirst(4).starts(with: "ftypavif".utf8)
    do {
      let decoder = try VideoDecoder(path: path)
      guard decoder.isPicture || isAVIF else { throw PictureError.unknownFormat(path: path) }
      guard let picture = decoder.next() else {
        throw PictureError.damaged(path: path, reason: "no picture can be decoded")
      }
      return orientation(of: bytes).apply(to: picture.image)
    } catch {
      if isAnimatedWebP(bytes) { throw .animatedWebP(path: path) }
      if let error = error as? PictureError { throw error }
      if case MediaFileError.tooLarge = error { throw .tooLarge(path: path) }
      throw .unknownFormat(path: path)
    }
  }

  /// What libavcodec leaves to whoever shows the picture.
  private static func orientation(of bytes: UnsafeRawBufferPointer) -> Orientation {
    if ["II*\0", "MM\0*"].contains(where: { bytes.starts(with: $0.utf8) }) {
      return exifOrientation(inTIFF: bytes)
    }
    return isWebP(bytes) ? exifOrientation(inWebP: bytes) : .upright
  }

  private static func isWebP(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.starts(with: "RIFF".utf8) && bytes.dropFirst(8).starts(with: "WEBP".utf8)
  }

  /// The second bit of an extended file's flags (RFC 9649, 2.7).
  private static func isAnimatedWebP(_ bytes: UnsafeRawBufferPointer) -> Bool {
    isWebP(bytes) && bytes.count > 20 && bytes.dropFirst(12).starts(with: "VP8X".utf8)
      && bytes[20] & 2 != 0
  }

  private static func contents(of path: String) throws(PictureError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .unreadable(path: path, errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .notAFile(path: path)
    }
    guard status.st_size <= maximumBytes else { throw .tooLarge(path: path) }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: status.st_size) { buffer, count in
      while count < buffer.count {
        let got = Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
        if got == 0 { break }
        if got > 0 {
          count += got
        } else if errno != EINTR {
          failure = errno
          break
        }
      }
    }
    guard failure == 0 else { throw .unreadable(path: path, errno: failure) }
    return bytes
  }
}
