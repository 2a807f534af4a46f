import Imaging

/// How to rotate or flip a stored picture for display; the raw values are EXIF's.
enum Orientation: Int, CaseIterable, Sendable {
  case upright = 1
  case mirrored, turned180, flipped, transposed, turned90, transverse, turned270

  /// The stored pixel (x, y) is displayed at (a x + c y, b x + d y), shifted so that no coordinate
  /// is negative; y points down.
  private var matrix: (a: Int, b: Int, c: Int, d: Int) {
    switch self {
    case .upright: (1, 0, 0, 1)
    case .mirrored: (-1, 0, 0, 1)
    case .turned180: (-1, 0, 0, -1)
    case .flipped: (1, 0, 0, -1)
    case .transposed: (0, 1, 1, 0)
    case .turned90: (0, 1, -1, 0)
    case .transverse: (0, -1, -1, 0)
    case .turned270: (0, -1, 1, 0)
    }
  }

  /// From the signs of a matrix in the same sense; nil if it is not one of the eight.
  init?(a: Int, b: Int, c: Int, d: Int) {
    let signs = (a.signum(), b.signum(), c.signum(), d.signum())
    guard let found = Orientation.allCases.first(where: { $0.matrix == signs }) else { return nil }
    self = found
  }

  var swapsSides: Bool { matrix.a == 0 }

  /// Returns `stored` in display orientation.
  func apply(to stored: Image) -> Image {
    if self == .upright { return stored }
    let (width, height) = (stored.width, stored.height)
    var shown =
      swapsSides
      ? Image(width: height, height: width) : Image(width: width, height: height)
    let (a, b, c, d) = matrix
    let stride = shown.bytesPerRow
    // Byte offsets in the output from a stored pixel to its right and lower neighbours.
    let right = a * 4 + b * stride
    let down = c * 4 + d * stride
    let start =
      (a + c < 0 ? shown.width - 1 : 0) * 4 + (b + d < 0 ? shown.height - 1 : 0) * stride
    shown.withUnsafeMutableBytes { target in
      stored.withUnsafeBytes { source in
        for y in 0..<height {
          var offset = start + y * down
          for x in 0..<width {
            target.storeBytes(
              of: source.load(fromByteOffset: y * stored.bytesPerRow + x * 4, as: UInt32.self),
              toByteOffset: offset, as: UInt32.self)
            offset += right
          }
        }
      }
    }
    return shown
  }
}
