import Imaging

extension Image {
  init(width: Int, height: Int, _ pixel: (Int, Int) -> Pixel) {
    self.init(width: width, height: height)
    for y in 0..<height {
      for x in 0..<width { self[x, y] = pixel(x, y) }
    }
  }

  /// Uniform noise, the same for a given seed.
  static func noise(width: Int, height: Int, seed: UInt64) -> Image {
    var state = seed &* 2 &+ 1
    return Image(width: width, height: height) { _, _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Pixel(
        red: UInt8(truncatingIfNeeded: state >> 56), green: UInt8(truncatingIfNeeded: state >> 48),
        blue: UInt8(truncatingIfNeeded: state >> 40))
    }
  }
}
