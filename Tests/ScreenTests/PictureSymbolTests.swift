import Imaging
import Testing

@testable import Screen
@testable import Theme

@Suite struct PictureSymbolTests {
  private typealias Mask = (glyph: Unicode.Scalar, isFilled: @Sendable (Int, Int) -> Bool)

  /// Which pixels of a cell each block character fills.
  private static let masks: [Mask] = {
    var masks: [Mask] = [
      ("▘", { x, y in x < 4 && y < 4 }), ("▝", { x, y in x >= 4 && y < 4 }),
      ("▖", { x, y in x < 4 && y >= 4 }), ("▗", { x, y in x >= 4 && y >= 4 }),
      ("▞", { x, y in (x < 4) != (y < 4) }),
    ]
    let bars: [(lower: Unicode.Scalar, left: Unicode.Scalar)] = [
      ("▁", "▏"), ("▂", "▎"), ("▃", "▍"), ("▄", "▌"), ("▅", "▋"), ("▆", "▊"), ("▇", "▉"),
    ]
    for (index, bar) in bars.enumerated() {
      masks.append((bar.lower, { _, y in y > 6 - index }))
      masks.append((bar.left, { x, _ in x <= index }))
    }
    return masks
  }()

  private static func symbol(
    _ blocks: Glyphs.Blocks, _ pixel: (Int, Int) -> Pixel
  ) -> PictureSymbol {
    var image = Image(width: 16, height: 24)
    for y in 0..<8 {
      for x in 0..<8 { image[8 + x, 16 + y] = pixel(x, y) }
    }
    let raster = Raster(image, width: 16, height: 24, isMirrored: false)
    return PictureSymbol(bestFor: raster, column: 1, row: 2, blocks)
  }

  @Test func twoColoursHaveTheirCharacter() {
    let (ink, ground) = (
      Pixel(red: 200, green: 90, blue: 10), Pixel(red: 20, green: 80, blue: 255)
    )
    for (glyph, isFilled) in Self.masks {
      let symbol = Self.symbol(.quadrants) { isFilled($0, $1) ? ink : ground }
      #expect(symbol == PictureSymbol(glyph: glyph, ink: ink, ground: ground))
    }
  }

  /// Not a space, which could clear what is there.
  @Test(arguments: [Glyphs.Blocks.halves, .quadrants])
  func oneColourFillsTheCell(blocks: Glyphs.Blocks) {
    let shade = Pixel(red: 100, green: 101, blue: 102)
    let plain = Self.symbol(blocks) { x, y in
      Pixel(red: shade.red, green: shade.green, blue: x > 2 ? 104 : 100)
    }
    #expect(plain.glyph == "█" && plain.ink == plain.ground && plain.ink.red == shade.red)
  }

  /// Compares with all characters, tried one by one.
  @Test(arguments: [Glyphs.Blocks.halves, .quadrants])
  func noCharacterComesCloser(blocks: Glyphs.Blocks) throws {
    var random = SystemRandomNumberGenerator()
    let masks =
      blocks == .quadrants ? Self.masks : Self.masks.filter { ["▄", "▌"].contains($0.glyph) }
    for _ in 0..<200 {
      let range = UInt8.random(in: 40...255, using: &random)
      let pixels = (0..<64).map { _ in
        SIMD3<Double>(
          (0..<3).map { _ in Double(UInt8.random(in: 0...range, using: &random)) })
      }
      /// The sum of squared differences from the means of both parts.
      func error(_ isFilled: (Int, Int) -> Bool) -> Double {
        [true, false].reduce(0) { sum, side in
          let part = (0..<64).filter { isFilled($0 % 8, $0 / 8) == side }.map { pixels[$0] }
          let mean = part.reduce(.zero, +) / Double(max(1, part.count))
          return part.reduce(sum) { $0 + (($1 - mean) * ($1 - mean)).sum() }
        }
      }
      let found = Self.symbol(blocks) { x, y in
        let pixel = pixels[8 * y + x]
        return Pixel(red: UInt8(pixel.x), green: UInt8(pixel.y), blue: UInt8(pixel.z))
      }
      let least = masks.map { error($0.isFilled) }.min() ?? 0
      if found.glyph == "█" {
        #expect(error { _, _ in true } - least < 800)
      } else {
        let mask = try #require(masks.first { $0.glyph == found.glyph })
        #expect(error(mask.isFilled) <= least * 1.0001)
      }
    }
  }

  /// Every size and both directions: each place has the mean of what lies there.
  @Test(arguments: [1, 3, 16, 47, 64, 100, 640], [1, 8, 24, 300])
  func rastersKeepTheirPlaces(length: Int, places: Int) {
    var image = Image(width: length, height: length)
    for y in 0..<length {
      for x in 0..<length {
        image[x, y] = Pixel(
          red: UInt8(255 * x / length), green: UInt8(255 * y / length), blue: 255)
      }
    }
    for isMirrored in [false, true] {
      let raster = Raster(image, width: places, height: places, isMirrored: isMirrored)
      for place in stride(from: 0, to: places, by: max(1, places / 7)) {
        let pixel = raster.mean(place..<place + 1, place..<place + 1)
        // A pixel of the picture, or what four samples miss.
        let allowed = 255 / length + 255 / places / 8 + 2
        let middle = 255 * (2 * place + 1) / (2 * places)
        #expect(abs(Int(pixel.green) - middle) <= allowed)
        #expect(abs(Int(pixel.red) - (isMirrored ? 255 - middle : middle)) <= allowed)
        #expect(pixel.blue == 255)
      }
    }
  }
}
