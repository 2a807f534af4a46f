import Imaging
import Theme

/// What shows a part of a picture in one cell.
struct PictureSymbol: Equatable {
  /// Pixels across and down by which a cell's symbol is chosen.
  static let size = 8

  var glyph: Unicode.Scalar
  var ink: Pixel
  var ground: Pixel
}

extension PictureSymbol {
  /// A division whose colours are closer than about 4 levels shows as one colour: nobody sees the
  /// difference, and from frame to frame it changes.
  private static let leastGain: Float = 48 * 4 * 4

  /// The block character that shows a cell best: of all ways to divide its pixels in two, the one
  /// whose parts differ least from their mean colours, by the sum of squares.
  ///
  /// - Parameter blocks: `quadrants` include bars of one to seven eighths
  init(bestFor raster: Raster, column: Int, row: Int, _ blocks: Glyphs.Blocks) {
    var rows = InlineArray<8, ChannelSums>(repeating: ChannelSums())
    var columns = rows
    var quadrants = InlineArray<4, ChannelSums>(repeating: ChannelSums())
    raster.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<Self.size {
        let start = (Self.size * row + y) * raster.width + Self.size * column
        for x in 0..<Self.size {
          var pixel = ChannelSums()
          pixel.add(pixels[start + x])
          rows[y].add(pixel)
          columns[x].add(pixel)
          quadrants[y / 4 * 2 + x / 4].add(pixel)
        }
      }
    }
    var total = ChannelSums()
    for index in quadrants.indices { total.add(quadrants[index]) }
    // Not a space: ncurses would clear a line that ends in some, and terminals differ in the colour
    // that this leaves.
    var best: (glyph: UInt32, part: ChannelSums, count: Int) = (0x2588, total, 64)
    var most = total.energy(of: 64) + Self.leastGain
    func consider(_ glyph: UInt32, _ part: ChannelSums, _ count: Int) {
      let energy = part.energy(of: count) + total.without(part).energy(of: 64 - count)
      if energy > most { (most, best) = (energy, (glyph, part, count)) }
    }
    var (lower, left) = (ChannelSums(), ChannelSums())
    for eighths in 1...7 {
      lower.add(rows[8 - eighths])
      left.add(columns[eighths - 1])
      guard blocks == .quadrants || eighths == 4 else { continue }
      consider(0x2580 + UInt32(eighths), lower, 8 * eighths)
      consider(0x2590 - UInt32(eighths), left, 8 * eighths)
    }
    if blocks == .quadrants {
      for (index, glyph) in [0x2598, 0x259d, 0x2596, 0x2597].enumerated() {
        consider(UInt32(glyph), quadrants[index], 16)
      }
      var diagonal = quadrants[1]
      diagonal.add(quadrants[2])
      consider(0x259e, diagonal, 32)
    }
    func mean(_ sum: ChannelSums, _ count: Int) -> Pixel {
      let (red, green, blue) = sum.mean(.init(of: count))
      return Pixel(red: red, green: green, blue: blue)
    }
    glyph = Unicode.Scalar(best.glyph) ?? " "
    ink = mean(best.part, best.count)
    ground = best.count == 64 ? ink : mean(total.without(best.part), 64 - best.count)
  }
}

extension ChannelSums {
  /// The squared sums over `count`: what the sum of squares exceeds that of differences from the
  /// mean by.
  fileprivate func energy(of count: Int) -> Float {
    let sums = SIMD4<Float>(Float(first), Float(second), Float(third), 0)
    return (sums * sums).sum() / Float(count)
  }
}
