import Layers

/// The network's input: red, green and blue in [0, 1], interleaved, with a row of zeros above and a
/// pixel of zeros to the left: all the padding that a stride of 2 touches.
enum InputImage {
  /// Bytes of the crop.
  static let pixels = EMENetV.side * EMENetV.side * 3
  static let row = (EMENetV.side + 1) * 3
  /// Floats of the padded image.
  static let size = (EMENetV.side + 1) * row

  /// - Parameters:
  ///   - pixels: (112, 112, 3) red, green, blue
  ///   - picture: its padding is already 0
  static func fill(
    _ picture: UnsafeMutablePointer<Float>, with pixels: [UInt8],
    _ channels: Checkpoint.InputChannels
  ) {
    let side = EMENetV.side
    precondition(pixels.count == Self.pixels, "a crop of 112 x 112 pixels")
    pixels.withUnsafeBufferPointer { pixels in
      let values = pixels.baseAddress!
      for y in 0..<side {
        let source = values + y * side * 3
        let target = picture + (y + 1) * row + 3
        switch channels {
        case .rgb:
          for i in 0..<3 * side { target[i] = Float(source[i]) / 255 }
        case .luma:
          for x in 0..<side {
            let red = Float(source[3 * x])
            let green = Float(source[3 * x + 1])
            let blue = Float(source[3 * x + 2])
            let luma = (0.299 * red + 0.587 * green + 0.114 * blue) / 255
            target[3 * x] = luma
            target[3 * x + 1] = luma
            target[3 * x + 2] = luma
          }
        }
      }
    }
  }
}
