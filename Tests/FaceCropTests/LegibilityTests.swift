import Imaging
import Testing

@testable import FaceCrop

@Suite struct LegibilityTests {
  /// Any obstacle lowers the quality and is named as the reason.
  @Test(arguments: Legibility.Obstacle.allCases)
  func anObstacleIsNamed(obstacle: Legibility.Obstacle) {
    func legibility(_ factor: Float) -> Legibility {
      Legibility([
        .covered: obstacle == .covered ? factor : 1, .small: obstacle == .small ? factor : 0.9,
        obstacle: factor,
      ])
    }
    #expect(legibility(1).obstacle == nil)
    #expect(legibility(0.3).obstacle == obstacle)
    #expect(legibility(0.3).quality < legibility(0.6).quality)
    #expect(legibility(.nan).quality == 0 && legibility(.nan).obstacle == obstacle)
  }

  @Test func blurTakesSharpnessAndLightsStayApart() throws {
    let noise = Image.noise(width: 224, height: 224, seed: 3)
    let transform = SimilarityTransform(moving: .zero, to: .zero, rotation: 0, scale: 0.5)
    let sharp = try #require(AlignedCrop(noise, frameToCrop: transform))
    let wide = SimilarityTransform(moving: .zero, to: .zero, rotation: 0, scale: 12)
    let blurred = try #require(AlignedCrop(noise, frameToCrop: wide))
    #expect(blurred.sharpness < sharp.sharpness / 2)
    #expect(abs(sharp.brightness - 127) < 10)
    // The gain applied for the network does not hide that the image is dark.
    let dim = Image(width: 224, height: 224) { x, y in
      Pixel(red: UInt8(x & 15), green: UInt8(x & 15), blue: UInt8(x & 15))
    }
    let crop = try #require(AlignedCrop(dim, frameToCrop: transform)).brightened()
    #expect(crop.brightness < 10 && crop.pixels.contains { $0 > 30 })
  }

  /// What an unclear face costs: nothing if it is clear or if the reading is impossible, else more
  /// the less clear it is.
  @Test func confidenceFallsWithQuality() {
    func confidence(_ quality: Float, _ confidence: Float) -> Float {
      Legibility([.small: quality]).confidence(ofClear: confidence)
    }
    for clear: Float in [0, 0.3, 0.9, 1] { #expect(abs(confidence(1, clear) - clear) < 1e-6) }
    // Odds of 9 times 0.1 to the power 0.38.
    #expect(abs(confidence(0.1, 0.9) - 0.7896) < 1e-3)
    let steps = [1, 0.8, 0.5, 0.2, 0.05, 0].map { confidence($0, 0.9) }
    #expect(zip(steps, steps.dropFirst()).allSatisfy { $0 > $1 } && steps.last! > 0)
    #expect(confidence(.nan, 0.9).isFinite)
  }
}
