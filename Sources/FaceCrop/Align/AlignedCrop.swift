import Imaging

/// A face as the network expects it: 112 x 112 pixels, with eyes, nose and mouth near
/// ``FaceTemplate``.
public struct AlignedCrop: Sendable {
  /// Pixels along one edge.
  public static let side = 112

  /// (112, 112, 3): rows, columns, then red, green, blue
  public let pixels: [UInt8]
  /// Maps px of the picture to px of the crop.
  public let frameToCrop: SimilarityTransform

  /// Mean of green in the picture before any gain, in grey levels.
  let brightness: Float

  /// Standard deviation of green, in grey levels.
  let contrast: Float

  /// - Parameter brightness: that of the picture, if `pixels` are brightened
  init(pixels: [UInt8], frameToCrop: SimilarityTransform, brightness: Float? = nil) {
    let green = Self.moments(of: pixels)
    self.pixels = pixels
    self.frameToCrop = frameToCrop
    self.brightness = brightness ?? green.mean
    contrast = green.deviation
  }

  /// The part of `image` that `frameToCrop` maps into the crop. Beyond the edge of the picture,
  /// border pixels are repeated. nil if the transform has no size or no part of the picture is in
  /// the crop.
  public init?(_ image: Image, frameToCrop: SimilarityTransform) {
    guard let patch = FramePatch(of: image, under: frameToCrop) else { return nil }
    self.init(pixels: patch.pixels(of: image), frameToCrop: frameToCrop)
  }

  /// Grey levels, mean of green: crops below the first are dim and are brightened to the second.
  private static let dimLevel: Float = 40
  private static let brightLevel: Float = 90
  private static let largestGain: Float = 8

  /// The same crop, brightened if it is dim: the network knows faces in daylight.
  func brightened() -> AlignedCrop {
    let mean = brightness
    guard mean < Self.dimLevel else { return self }
    // The gain grows from one at the limit to full strength at half of it, so that no step shows.
    let strength = min(1, 2 * (1 - mean / Self.dimLevel))
    let full = min(Self.largestGain, Self.brightLevel / max(mean, 1))
    let gain = 1 + (full - 1) * strength
    return AlignedCrop(
      pixels: pixels.map { UInt8(min(255, Float($0) * gain)) }, frameToCrop: frameToCrop,
      brightness: brightness)
  }

  /// How much of the contrast lies in details of a few pixels: the mean size of green's second
  /// differences, three pixels apart, over its standard deviation. The median is 0.64 for the
  /// labelled crops and 0.30 once they are blurred by two pixels.
  var sharpness: Float {
    let (side, step) = (Self.side, 3)
    func green(_ x: Int, _ y: Int) -> Int { Int(pixels[(y * side + x) * 3 + 1]) }
    var (sum, count) = (0, 0)
    for y in stride(from: step, to: side - step, by: 2) {
      for x in stride(from: step, to: side - step, by: 2) {
        sum += abs(
          4 * green(x, y) - green(x - step, y) - green(x + step, y) - green(x, y - step)
            - green(x, y + step))
        count += 1
      }
    }
    return Float(sum) / Float(count) / max(contrast, 1)
  }

  /// Computed from the green of every seventh pixel, in grey levels.
  private static func moments(of pixels: [UInt8]) -> (mean: Float, deviation: Float) {
    var (sum, squares, count) = (Float(0), Float(0), Float(0))
    for place in stride(from: 1, to: pixels.count, by: 21) {
      let value = Float(pixels[place])
      sum += value
      squares += value * value
      count += 1
    }
    let mean = sum / count
    return (mean, max(0, squares / count - mean * mean).squareRoot())
  }
}
