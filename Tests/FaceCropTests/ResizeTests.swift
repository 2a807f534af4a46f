import Imaging
import Testing

@testable import FaceCrop

@Suite struct ResizeTests {
  @Test(
    .enabled(if: Shared.isHere, "../shared is absent"),
    arguments: [60, 112, 152, 173, 224, 301])
  func equalsTorchvision(size: Int) throws {
    let folder = Shared.folder.appending(path: "parity/resize")
    let image = try Image(png: folder.appending(path: "\(size).png").path)
    let tensors = try readTensors(folder.appending(path: "expected.safetensors"))
    let expected = try #require(tensors["\(size)"])  // (3, 112, 112)
    let crop = AlignedCrop(resizing: image)
    let plane = AlignedCrop.side * AlignedCrop.side
    let different = (0..<plane * 3).count { place in
      Int((expected[place % 3 * plane + place / 3] * 255).rounded()) != Int(crop.pixels[place])
    }
    #expect(different == 0, "of \(plane * 3) values")
    #expect(crop.pixels.contains { $0 > 0 })
  }

  @Test(arguments: [(1, 1), (2, 300), (500, 3)])
  func everySizeKeepsAPlainColour(width: Int, height: Int) {
    let image = Image(width: width, height: height) { _, _ in
      Pixel(red: 200, green: 100, blue: 50)
    }
    let crop = AlignedCrop(resizing: image)
    #expect(crop.pixels.count == 112 * 112 * 3)
    for place in stride(from: 0, to: crop.pixels.count, by: 3) {
      #expect(Array(crop.pixels[place..<place + 3]) == [200, 100, 50])
    }
  }
}
