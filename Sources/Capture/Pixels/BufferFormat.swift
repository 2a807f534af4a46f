/// Memory layout of a camera's picture.
struct BufferFormat: Equatable, Sendable {
  var width: Int
  var height: Int
  var pixelFormat: FourCC
  /// For the first plane; 0 for compressed formats.
  var bytesPerRow: Int
  /// Whether luma ranges from 0 to 255.
  var fullRange = false
  /// Whether to use BT.709 weights instead of BT.601.
  var isBT709 = false
}
