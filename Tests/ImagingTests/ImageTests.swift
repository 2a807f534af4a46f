import Imaging
import Testing

@Suite struct ImageTests {
  @Test(arguments: [1, 15, 16, 17, 640])
  func copiesAreValues(width: Int) {
    var first = Image(width: width, height: 3)
    first[width - 1, 2] = Pixel(red: 1, green: 2, blue: 3)
    let second = first
    #expect(second.isCopy(of: first))
    first[width - 1, 2] = Pixel(red: 9, green: 8, blue: 7)
    #expect(!second.isCopy(of: first))
    #expect(second[width - 1, 2] == Pixel(red: 1, green: 2, blue: 3))
    #expect(first[width - 1, 2] == Pixel(red: 9, green: 8, blue: 7))
    #expect(first.bytesPerRow % 64 == 0 && first.bytesPerRow >= width * 4)
  }
}
