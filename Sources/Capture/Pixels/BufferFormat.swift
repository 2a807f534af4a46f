/// How the bytes of a camera's picture lie in memory.
struct BufferFormat: Equatable, Sendable {
  var width: Int
  var height: Int
  var pixelFormat: FourCC
  /// Of the first plane; 0 for compressed formats.
  var bytesPerRow: Int
  /// Luma from 0 to 255.
  var fullRange = false
  /// BT.709 weights rather than BT.601's.
  var isBT709 = false
}
