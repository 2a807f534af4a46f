import Glibc
import Imaging
import Testing

@testable import FaceCrop

@Suite struct AlignedCropTests {
  /// The ideal value of a crop's pixel: the picture filtered with a tent two crop pixels wide (as
  /// in Pillow's antialiased bilinear filter, but rotated with the crop), in steps of 1/6 px.
  static func ideal(_ image: Image, _ cropToFrame: SimilarityTransform, x: Int, y: Int) -> [Float] {
    let steps = max(6, Int(cropToFrame.scale * 6))
    // For an enlarged crop, the tent extends one px of the picture to each side, not one of the
    // crop.
    let reach = max(1, 1 / cropToFrame.scale)
    var sum = SIMD3<Float>.zero
    var total: Float = 0
    for j in -steps..<steps {
      for i in -steps..<steps {
        let offset = Point(Float(i) + 0.5, Float(j) + 0.5) / Float(steps)
        let weight = (1 - abs(offset.x)) * (1 - abs(offset.y))
        let place = cropToFrame(Point(Float(x) + 0.5, Float(y) + 0.5) + offset * reach)
        let pixel = image[
          min(max(Int(place.x.rounded(.down)), 0), image.width - 1),
          min(max(Int(place.y.rounded(.down)), 0), image.height - 1)]
        sum += weight * SIMD3(Float(pixel.red), Float(pixel.green), Float(pixel.blue))
        total += weight
      }
    }
    return [sum.x / total, sum.y / total, sum.z / total]
  }

  /// Rings that get finer towards the outside: aliasing shows up as false rings.
  static let zonePlate = Image(width: 640, height: 480) { x, y in
    let (dx, dy) = (Float(x) - 320, Float(y) - 240)
    let value = UInt8(127.5 + 127 * cos((dx * dx + dy * dy) * 0.004))
    return Pixel(red: value, green: value, blue: UInt8(x * 255 / 639))
  }

  @Test(
    arguments: [0.4, 0.8, 1, 1.3, 1.6, 2, 2.7, 3.5, 4] as [Float], [0, 0.4, 2] as [Float])
  func sampling(shrink: Float, rotation: Float) throws {
    let frameToCrop = SimilarityTransform(
      moving: Point(322.3, 241.8), to: Point(56, 56), rotation: rotation, scale: 1 / shrink)
    let crop = try #require(AlignedCrop(Self.zonePlate, frameToCrop: frameToCrop))
    let cropToFrame = try #require(frameToCrop.inverse)
    var squares: Float = 0
    var count: Float = 0
    for y in stride(from: 0, to: 112, by: 7) {
      for x in stride(from: 1, to: 112, by: 7) {
        let ideal = Self.ideal(Self.zonePlate, cropToFrame, x: x, y: y)
        for channel in 0..<3 {
          let away = Float(crop.pixels[(y * 112 + x) * 3 + channel]) - ideal[channel]
          squares += away * away
          count += 1
        }
      }
    }
    let error = (squares / count).squareRoot()
    #expect(error < 9)
  }

  @Test func wholePixelsAreCopied() throws {
    let image = Image.noise(width: 200, height: 150, seed: 1)
    let frameToCrop = SimilarityTransform(a: 1, b: 0, tx: -30, ty: -20)
    let crop = try #require(AlignedCrop(image, frameToCrop: frameToCrop))
    for y in 0..<112 {
      for x in 0..<112 {
        let pixel = image[x + 30, y + 20]
        let place = (y * 112 + x) * 3
        #expect(Array(crop.pixels[place..<place + 3]) == [pixel.red, pixel.green, pixel.blue])
      }
    }
  }

  @Test(arguments: [0.01, 0.3, 1, 30] as [Float], [0, 1] as [Float])
  func bordersAreRepeated(scale: Float, rotation: Float) throws {
    let image = Image(width: 33, height: 17) { _, _ in Pixel(red: 9, green: 8, blue: 7) }
    let corner = SimilarityTransform(
      moving: Point(0, 0), to: Point(56, 56), rotation: rotation, scale: scale)
    let crop = try #require(AlignedCrop(image, frameToCrop: corner))
    #expect(
      stride(from: 0, to: crop.pixels.count, by: 3).allSatisfy {
        crop.pixels[$0] == 9 && crop.pixels[$0 + 1] == 8 && crop.pixels[$0 + 2] == 7
      })
  }

  @Test(arguments: [
    SimilarityTransform(a: 0, b: 0, tx: 0, ty: 0),
    SimilarityTransform(a: .nan, b: 0, tx: 0, ty: 0),
    SimilarityTransform(a: 1, b: 0, tx: .nan, ty: 0),
    SimilarityTransform(a: 1, b: 0, tx: .infinity, ty: 0),
    SimilarityTransform(a: 1e-30, b: 0, tx: 0, ty: 0),
    SimilarityTransform(a: 1, b: 0, tx: 500, ty: 0),
    SimilarityTransform(a: 1, b: 0, tx: 0, ty: -500),
  ])
  func nonsenseHasNoCrop(frameToCrop: SimilarityTransform) {
    let image = Image.noise(width: 64, height: 64, seed: 2)
    #expect(AlignedCrop(image, frameToCrop: frameToCrop) == nil)
  }

  @Test func cost() throws {
    let image = Image.noise(width: 640, height: 480, seed: 3)
    for shrink in [1, 1.5, 2, 3, 4] as [Float] {
      let frameToCrop = SimilarityTransform(
        moving: Point(320, 240), to: Point(56, 56), rotation: 0.1, scale: 1 / shrink)
      let times = (0..<50).map { _ in
        ContinuousClock().measure { _ = AlignedCrop(image, frameToCrop: frameToCrop) }
      }
      print("crop, shrink \(shrink): \(times.min()!)")
    }
  }
}
