import Foundation
import Imaging
import TestSupport
import Testing

@testable import Offline
@testable import Reading
@testable import Runtime
@testable import Theme

@Suite struct EmotionPictureTests {
  private let folder = ScratchFolder()

  private func write(_ reading: FrameReading, _ format: PictureFormat) throws -> Data {
    let path = folder.file("out.\(format)")
    try EmotionPicture.write(
      reading, title: "a.png", format: format, to: OutputFile(path: path, force: true))
    return try #require(FileManager.default.contents(atPath: path))
  }

  @Test(arguments: PictureFormat.allCases, [0, 1, 3])
  func everyFormatIsWritten(format: PictureFormat, faces: Int) throws {
    let data = try write(
      Sample.reading(image: Sample.image(width: 300, height: 200), faces: faces), format)
    let start: [PictureFormat: String] = [.png: "\u{89}PNG", .svg: "<?xml", .pdf: "%PDF"]
    let magic = Data(start[format]!.unicodeScalars.map { UInt8($0.value) })
    #expect(data.starts(with: magic))
    #expect(data.count > 5000)
    if format == .png {
      let height = data[20..<24].reduce(0) { $0 << 8 | Int($1) }
      #expect(height == Int(EmotionPicture.rowHeight) * max(1, faces))
    }
  }

  @Test(arguments: [(1, 1), (112, 112), (2000, 20), (20, 2000)])
  func anySizeIsDrawn(width: Int, height: Int) throws {
    let image = Sample.image(width: width, height: height)
    #expect(try write(Sample.reading(image: image), .png).count > 5000)
  }

  @Test(
    arguments: [
      Rect(x: 20, y: 30, width: 40, height: 40), Rect(x: -50, y: -50, width: 60, height: 60),
      Rect(x: 290, y: 190, width: 100, height: 100), Rect(x: 0, y: 0, width: 9000, height: 3),
      Rect(x: .nan, y: 0, width: 1, height: 1), Rect(x: 5, y: 5, width: 0, height: 0),
    ])
  func theRegionOfAFaceLiesInTheImage(box: Rect) {
    let image = Sample.image(width: 300, height: 200)
    let region = image.region(around: box)
    #expect(region.x >= 0 && region.y >= 0 && region.width >= 1 && region.height >= 1)
    #expect(region.x + region.width <= 300 && region.y + region.height <= 200)
    let part = image.cropped(to: region)
    #expect(part[0, 0] == image[Int(region.x), Int(region.y)])
    #expect(
      part[part.width - 1, part.height - 1]
        == image[Int(region.x) + part.width - 1, Int(region.y) + part.height - 1])
  }

  @Test(
    arguments: [
      ("a/b.PNG", .png), ("b.c.svg", .svg), (".pdf", .pdf), ("a", nil), ("a.gif", nil),
      ("png", nil), ("a.png/b", nil), ("", nil),
    ] as [(String, PictureFormat?)])
  func theEndingChoosesTheFormat(path: String, format: PictureFormat?) {
    #expect(PictureFormat(path: path) == format)
  }
}
