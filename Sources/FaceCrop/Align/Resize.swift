import Imaging

extension AlignedCrop {
  /// All of `image`, already an aligned crop of another size, resized to 112 x 112 as torchvision's
  /// `Resize(112)` does for a square picture: Pillow's bilinear filter with antialiasing, bit for
  /// bit (`libImaging/Resample.c`: columns first, both passes in 8-bit fixed point).
  ///
  /// `frameToCrop` is exact for a square picture; other pictures are squeezed into the square.
  public init(resizing image: Image) {
    let side = Self.side
    let across = ResizeFilter(from: image.width, to: side)
    let down = ResizeFilter(from: image.height, to: side)
    var narrow = [UInt8](repeating: 0, count: image.height * side * 3)
    image.withUnsafeBytes { bytes in
      for y in 0..<image.height {
        for x in 0..<side {
          for channel in 0..<3 {
            narrow[(y * side + x) * 3 + channel] = across.value(at: x) {
              bytes[y * image.bytesPerRow + $0 * 4 + 2 - channel]
            }
          }
        }
      }
    }
    var pixels = [UInt8](repeating: 0, count: side * side * 3)
    for y in 0..<side {
      for place in 0..<side * 3 {
        pixels[y * side * 3 + place] = down.value(at: y) { narrow[$0 * side * 3 + place] }
      }
    }
    let scale = Float(side) / Float(max(image.width, image.height))
    self.init(
      pixels: pixels, frameToCrop: SimilarityTransform(a: scale, b: 0, tx: 0, ty: 0))
  }
}

/// The weights of Pillow's triangle filter along one axis.
private struct ResizeFilter {
  /// For each output, the first input and the inputs' weights in 1 / 2^22.
  private let taps: [(first: Int, weights: [Int32])]

  private static let precisionBits = 22

  init(from inputs: Int, to outputs: Int) {
    // As in Pillow, an axis whose size does not change is not filtered.
    guard inputs != outputs else {
      taps = (0..<outputs).map { ($0, [1 << Self.precisionBits]) }
      return
    }
    let scale = Double(inputs) / Double(outputs)
    let support = max(scale, 1)
    taps = (0..<outputs).map { output in
      let center = (Double(output) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = min(inputs, Int(center + support + 0.5))
      let weights = (first..<end).map { input in
        max(0, 1 - abs((Double(input) - center + 0.5) / support))
      }
      let total = weights.reduce(0, +)
      return (first, weights.map { Int32(0.5 + $0 / total * Double(1 << Self.precisionBits)) })
    }
  }

  func value(at output: Int, _ input: (Int) -> UInt8) -> UInt8 {
    let (first, weights) = taps[output]
    var sum: Int32 = 1 << (Self.precisionBits - 1)
    for (offset, weight) in weights.enumerated() {
      sum &+= Int32(input(first + offset)) &* weight
    }
    return UInt8(clamping: sum >> Self.precisionBits)
  }
}
