/// An image of 8-bit pixels in the order blue, green, red, unused: four bytes that libturbojpeg
/// (`TJPF_BGRX`), libswscale (`BGR0`) and Cairo (`RGB24`) read and write without conversion.
///
/// A value type with copy-on-write: copies share memory until one of them is changed.
public struct Image: Sendable {
  public let width: Int
  public let height: Int
  /// Bytes from one row to the next, a multiple of 64.
  public let bytesPerRow: Int
  private var storage: PixelStorage

  /// An image with undefined content.
  public init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    self.width = width
    self.height = height
    bytesPerRow = (width * 4 + 63) & ~63
    storage = PixelStorage(byteCount: bytesPerRow * height)
  }

  /// Rows lie `bytesPerRow` apart from the start of the buffer.
  public func withUnsafeBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(storage.bytes))
  }

  public mutating func withUnsafeMutableBytes<R, E: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    if !isKnownUniquelyReferenced(&storage) { storage = PixelStorage(copying: storage) }
    return try body(storage.bytes)
  }

  /// True if both share their memory, and so their pixels. Holding one of them keeps that true.
  public func isCopy(of other: Image) -> Bool { storage === other.storage }

  public subscript(x: Int, y: Int) -> Pixel {
    get {
      precondition(x >= 0 && x < width && y >= 0 && y < height, "a pixel inside the image")
      let offset = y * bytesPerRow + x * 4
      let bytes = storage.bytes
      return Pixel(red: bytes[offset + 2], green: bytes[offset + 1], blue: bytes[offset])
    }
    set {
      precondition(x >= 0 && x < width && y >= 0 && y < height, "a pixel inside the image")
      let offset = y * bytesPerRow + x * 4
      withUnsafeMutableBytes { bytes in
        bytes[offset] = newValue.blue
        bytes[offset + 1] = newValue.green
        bytes[offset + 2] = newValue.red
        bytes[offset + 3] = 255
      }
    }
  }
}

public struct Pixel: Equatable, Sendable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}

/// The memory of an ``Image``, aligned for vector loads.
///
/// `@unchecked Sendable`: `Image` writes only while it holds the only reference.
private final class PixelStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = PixelPool.take(byteCount) ?? .allocate(byteCount: byteCount, alignment: 64)
  }

  convenience init(copying other: PixelStorage) {
    self.init(byteCount: other.bytes.count)
    bytes.copyMemory(from: UnsafeRawBufferPointer(other.bytes))
  }

  deinit {
    if !PixelPool.keep(bytes) { bytes.deallocate() }
  }
}
