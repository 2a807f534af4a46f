/// The orientation that a JPEG file's EXIF block gives (tag 0x0112 of its first directory).
/// Anything that is not as it should be means upright.
func exifOrientation(inJPEG bytes: UnsafeRawBufferPointer) -> Orientation {
  var offset = 2
  // Segments: FF, marker, length of what follows (big endian, itself included).
  while offset + 4 <= bytes.count, bytes[offset] == 0xFF {
    let marker = bytes[offset + 1]
    let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
    // Start of scan: no more headers.
    if marker == 0xDA || length < 2 { break }
    let content = offset + 4..<min(bytes.count, offset + 2 + length)
    if marker == 0xE1, content.count > 14, bytes[content].starts(with: Array("Exif\0\0".utf8)) {
      return exifOrientation(inTIFF: UnsafeRawBufferPointer(rebasing: bytes[content.dropFirst(6)]))
    }
    offset += 2 + length
  }
  return .upright
}

/// The same of a PNG file's chunk `eXIf`, which may stand anywhere (PNG specification, third edition,
/// 11.3.4.4).
func exifOrientation(inPNG bytes: UnsafeRawBufferPointer) -> Orientation {
  var offset = 8
  // Chunks: length of the content (big endian), four letters, content, checksum.
  while offset + 8 <= bytes.count {
    let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
    let content = offset + 8..<min(bytes.count, offset + 8 + length)
    if bytes[offset + 4..<offset + 8].elementsEqual("eXIf".utf8) {
      return exifOrientation(inTIFF: UnsafeRawBufferPointer(rebasing: bytes[content]))
    }
    offset += 12 + length
  }
  return .upright
}

/// The same of a WebP file's chunk `EXIF` (RFC 9649, 2.7.1.5).
func exifOrientation(inWebP bytes: UnsafeRawBufferPointer) -> Orientation {
  var offset = 12
  // Chunks: four letters, length of the content (little endian), content, filled up to an even
  // length.
  while offset + 8 <= bytes.count {
    let length = (4..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
    var content = offset + 8..<min(bytes.count, offset + 8 + length)
    if bytes[offset..<offset + 4].elementsEqual("EXIF".utf8) {
      // Some writers keep the marker that a JPEG file needs.
      if bytes[content].starts(with: "Exif\0\0".utf8) { content = content.dropFirst(6) }
      return exifOrientation(inTIFF: UnsafeRawBufferPointer(rebasing: bytes[content]))
    }
    offset += 8 + length + length % 2
  }
  return .upright
}

/// The same of a TIFF file, or of an EXIF block, which is one.
func exifOrientation(inTIFF bytes: UnsafeRawBufferPointer) -> Orientation {
  guard bytes.count >= 8 else { return .upright }
  let littleEndian = bytes[0] == UInt8(ascii: "I")
  func number(at offset: Int, bytes count: Int) -> Int? {
    guard offset >= 0, offset + count <= bytes.count else { return nil }
    let digits = bytes[offset..<offset + count]
    return littleEndian
      ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
  }
  guard let directory = number(at: 4, bytes: 4), let count = number(at: directory, bytes: 2)
  else { return .upright }
  for entry in 0..<count {
    let offset = directory + 2 + entry * 12
    guard let tag = number(at: offset, bytes: 2) else { break }
    if tag == 0x0112, let value = number(at: offset + 8, bytes: 2) {
      return Orientation(rawValue: value) ?? .upright
    }
  }
  return .upright
}
