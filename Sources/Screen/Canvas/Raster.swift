import Imaging

/// The picture of the preview at the size at which it is shown.
struct Raster: Equatable, Sendable {
  let width: Int
  let height: Int
  /// (height, width) red in the lowest byte, then green, blue, 255
  private(set) var pixels: [UInt32]

  /// Means over a few pixels around each place, at most four by four: enough for a picture of this
  /// size.
  init(_ image: Image, width: Int, height: Int, isMirrored: Bool) {
    (self.width, self.height) = (width, height)
    /// How many samples each place has, and where they lie.
    func samples(_ places: Int, _ length: Int) -> (each: Int, all: [Int]) {
      let each = max(1, min(4, (length + places - 1) / places))
      let count = each * places
      return (each, (0..<count).map { (2 * $0 + 1) * length / (2 * count) })
    }
    let (across, down) = (samples(width, image.width), samples(height, image.height))
    let share = ChannelSums.Share(of: across.each * down.each)
    /// The sums of some rows, then of neighbours in them, as one row of `target`.
    func fill(
      _ target: UnsafeMutableBufferPointer<UInt32>, from rows: ArraySlice<Int>,
      _ bytes: UnsafeRawBufferPointer, _ sums: UnsafeMutableBufferPointer<ChannelSums>,
      _ columns: UnsafeBufferPointer<Int>
    ) {
      sums.initialize(repeating: ChannelSums())
      for y in rows {
        let line = bytes.baseAddress! + y * image.bytesPerRow
        for x in sums.indices { sums[x].add(line.load(fromByteOffset: 4 * x, as: UInt32.self)) }
      }
      for place in 0..<width {
        var sum = ChannelSums()
        for index in across.each * place..<across.each * (place + 1) {
          sum.add(sums[columns[index]])
        }
        // A picture's first byte is blue.
        let (blue, green, red) = sum.mean(share)
        target[isMirrored ? width - 1 - place : place] = Self.pixel(red, green, blue)
      }
    }
    pixels = [UInt32](unsafeUninitializedCapacity: width * height) { target, filled in
      filled = width * height
      withUnsafeTemporaryAllocation(of: ChannelSums.self, capacity: image.width) { sums in
        across.all.withUnsafeBufferPointer { columns in
          image.withUnsafeBytes { bytes in
            for row in 0..<height {
              fill(
                .init(rebasing: target[row * width..<(row + 1) * width]),
                from: down.all[down.each * row..<down.each * (row + 1)], bytes, sums, columns)
            }
          }
        }
      }
    }
  }

  private static func pixel(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt32 {
    UInt32(red) | UInt32(green) << 8 | UInt32(blue) << 16 | 0xff00_0000
  }

  mutating func fill(
    _ x: Range<Int>, _ y: Range<Int>, _ color: (red: UInt8, green: UInt8, blue: UInt8)
  ) {
    for y in y.clamped(to: 0..<height) {
      for x in x.clamped(to: 0..<width) {
        pixels[y * width + x] = Self.pixel(color.red, color.green, color.blue)
      }
    }
  }

  func mean(_ x: Range<Int>, _ y: Range<Int>) -> Pixel {
    var sum = ChannelSums()
    for y in y {
      for x in x { sum.add(pixels[y * width + x]) }
    }
    let (red, green, blue) = sum.mean(.init(of: max(1, x.count * y.count)))
    return Pixel(red: red, green: green, blue: blue)
  }
}
