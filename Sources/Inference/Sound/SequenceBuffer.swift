import Layers

/// A sequence of 63 columns with zeros before and after it, which is all the padding that the
/// encoder's widest convolution reaches: (blocks, 28 + 63 + 28, 16).
struct SequenceBuffer {
  static let count = 63
  private static let padding = 28
  /// Floats from one block to the next.
  static let distance = (count + 2 * padding) * 16

  let blocks: Int
  /// First column of the first block.
  let start: UnsafeMutablePointer<Float>

  init(blocks: Int, in arena: Arena) {
    self.blocks = blocks
    start = arena.floats(blocks * Self.distance) + Self.padding * 16
  }

  static func bytes(blocks: Int) -> Int { blocks * distance * 4 }

  /// The columns starting at block `first`.
  func dropFirst(_ first: Int) -> UnsafeMutablePointer<Float> { start + first * Self.distance }
}
