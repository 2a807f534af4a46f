import Imaging

/// The picture of the preview at the size at which it is shown.
struct Raster: Equatable, Sendable {
  let width: Int
  let height: Int
  /// (height, width, 4) red, green, blue, opaque; libchafa needs rows of whole words
  private(set) var bytes: [UInt8]

  /// Means over a few pixels around each place, at most four by four: enough for a picture of this
  /// size.
  init(_ image: Image, width: Int, height: Int, isMirrored: Bool) {
    (self.width, self.height) = (width, height)
    func samples(_ place: Int, _ places: Int, _ length: Int) -> [Int] {
      let (start, end) = (place * length / places, (place + 1) * length / places)
      let count = max(1, min(4, end - start))
      return (0..<count).map { min(length - 1, start + (end - start) * (2 * $0 + 1) / (2 * count)) }
    }
    let across = (0..<width).map { samples(isMirrored ? width - 1 - $0 : $0, width, image.width) }
    bytes = [UInt8](unsafeUninitializedCapacity: 4 * width * height) { target, count in
      count = 4 * width * height
      var place = 0
      image.withUnsafeBytes { source in
        for row in 0..<height {
          let down = samples(row, height, image.height)
          for across in across {
            var (red, green, blue) = (0, 0, 0)
            for y in down {
              for x in across {
                let offset = y * image.bytesPerRow + 4 * x
                blue += Int(source[offset])
                green += Int(source[offset + 1])
                red += Int(source[offset + 2])
              }
            }
            let count = down.count * across.count
            target[place] = UInt8(red / count)
            target[place + 1] = UInt8(green / count)
            target[place + 2] = UInt8(blue / count)
            target[place + 3] = 255
            place += 4
          }
        }
      }
    }
  }

  mutating func fill(
    _ x: Range<Int>, _ y: Range<Int>, _ color: (red: UInt8, green: UInt8, blue: UInt8)
  ) {
    for y in y.clamped(to: 0..<height) {
      for x in x.clamped(to: 0..<width) {
        let place = 4 * (y * width + x)
        (bytes[place], bytes[place + 1], bytes[place + 2]) = (color.red, color.green, color.blue)
      }
    }
  }

  func mean(_ x: Range<Int>, _ y: Range<Int>) -> Pixel {
    var sums = (0, 0, 0)
    for y in y {
      for x in x {
        let place = 4 * (y * width + x)
        sums.0 += Int(bytes[place])
        sums.1 += Int(bytes[place + 1])
        sums.2 += Int(bytes[place + 2])
      }
    }
    let count = max(1, x.count * y.count)
    return Pixel(
      red: UInt8(sums.0 / count), green: UInt8(sums.1 / count), blue: UInt8(sums.2 / count))
  }
}
