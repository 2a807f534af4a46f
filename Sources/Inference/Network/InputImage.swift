import Layers

/// The network's input: red, green and blue, interleaved, or luma alone, in [0, 1], with a row of
/// zeros above and a pixel of zeros to the left: all the padding that a stride of 2 touches.
enum InputImage {
  /// Bytes of the crop.
  static let pixels = EMENetV.side * EMENetV.side * 3

  static func channels(_ kind: Checkpoint.InputChannels) -> Int { kind == .luma ? 1 : 3 }
  /// Floats of a row.
  static func row(_ channels: Int) -> Int { (EMENetV.side + 1) * channels }
  /// Floats of the padded image.
  static func size(_ channels: Int) -> Int { (EMENetV.side + 1) * row(channels) }

  /// - Parameters:
  ///   - pixels: (112, 112, 3) red, green, blue
  ///   - picture: its padding is already 0
  static func fill(
    _ picture: UnsafeMutablePointer<Float>, with pixels: [UInt8],
    _ kind: Checkpoint.InputChannels
  ) {
    let side = EMENetV.side
    let channels = channels(kind)
    precondition(pixels.count == Self.pixels, "a crop of 112 x 112 pixels")
    pixels.withUnsafeBufferPointer { pixels in
      let values = pixels.baseAddress!
      for y in 0..<side {
        let source = values + y * side * 3
        let target = picture + (y + 1) * row(channels) + channels
        switch kind {
        case .rgb:
          for i in 0..<3 * side { target[i] = Float(source[i]) / 255 }
        case .luma:
          for x in 0..<side {
            let red = Float(source[3 * x])
            let green = Float(source[3 * x + 1])
            let blue = Float(source[3 * x + 2])
            target[x] = (0.299 * red + 0.587 * green + 0.114 * blue) / 255
          }
        }
      }
    }
  }
}
