import Glibc

/// xterm's 256 colours: a 6 x 6 x 6 cube from 16 on and 24 greys from 232 on.
///
/// Colours are matched, not dithered, because a preview has too few pixels for the eye to mix them.
enum Palette256 {
  /// The index of the palette colour that looks most like this one.
  static func nearest(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int32 {
    Int32(numbers[(Int(red) >> 3) << 10 | (Int(green) >> 3) << 5 | Int(blue) >> 3])
  }

  /// Indexed by the upper five bits of red, green and blue; built on first use in about 10 ms.
  private static let numbers: [UInt8] = {
    let levels = [0, 95, 135, 175, 215, 255]
    var palette = (0..<216).map { Lab(levels[$0 / 36], levels[$0 / 6 % 6], levels[$0 % 6]) }
    palette += (0..<24).map { Lab(8 + 10 * $0, 8 + 10 * $0, 8 + 10 * $0) }
    return (0..<1 << 15).map { bits in
      let wanted = Lab(
        (bits >> 10) * 255 / 31, ((bits >> 5) & 31) * 255 / 31, (bits & 31) * 255 / 31)
      var best = (index: 0, distance: Float.infinity)
      for (index, color) in palette.enumerated() {
        let distance = wanted.distance(to: color)
        if distance < best.distance { best = (index, distance) }
      }
      return UInt8(16 + best.index)
    }
  }()

  /// Oklab (Ottosson 2020): lightness and two axes of hue, in which distances match perception.
  private struct Lab {
    let lightness, greenRed, blueYellow: Float

    /// sRGB, 0 to 255
    init(_ red: Int, _ green: Int, _ blue: Int) {
      func linear(_ value: Int) -> Float {
        let share = Float(value) / 255
        return share <= 0.04045 ? share / 12.92 : powf((share + 0.055) / 1.055, 2.4)
      }
      let (r, g, b) = (linear(red), linear(green), linear(blue))
      let l = cbrtf(0.4122215 * r + 0.5363325 * g + 0.0514460 * b)
      let m = cbrtf(0.2119035 * r + 0.6806995 * g + 0.1073970 * b)
      let s = cbrtf(0.0883025 * r + 0.2817188 * g + 0.6299787 * b)
      lightness = 0.2104543 * l + 0.7936178 * m - 0.0040720 * s
      greenRed = 1.9779985 * l - 2.4285922 * m + 0.4505937 * s
      blueYellow = 0.0259040 * l + 0.7827718 * m - 0.8086758 * s
    }

    /// Hue counts three times: skin may become slightly lighter or darker, but not grey.
    func distance(to other: Lab) -> Float {
      let (l, a, b) = (
        lightness - other.lightness, greenRed - other.greenRed, blueYellow - other.blueYellow
      )
      return l * l + 9 * (a * a + b * b)
    }
  }
}
