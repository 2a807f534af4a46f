import Imaging
import Testing

@testable import Screen

@Suite struct RasterTests {
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
