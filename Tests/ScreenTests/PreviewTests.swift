import Imaging
import Inference
import TestSupport
import Testing

@testable import Screen
@testable import Theme

@Suite struct PreviewTests {
  /// The picture keeps to its own rate, and to less if it costs more; the bars do not wait for it.
  @Test(arguments: [(0, 0.0, 10), (10_500, 0, 10), (46_000, 0, 2), (0, 0.25, 1), (0, 60, 0)])
  func pictureGivesWayToBars(bytes: Int, seconds: Double, perSecond: Int) {
    var model = ScreenModel(smoothing: 0)
    model.take(ScreenModelTests.reading(frame: 0, time: 0, faces: 1), now: 0)
    model.pictureCost = .init(bytes: bytes, seconds: seconds)
    var pictures = 0
    for frame in 1...30 {
      let time = Double(frame) / 30 + 1e-6
      let reading = ScreenModelTests.reading(frame: frame, time: time, faces: 1)
      if model.take(reading, now: time) { pictures += 1 }
      #expect(model.reading?.frame == frame)
    }
    #expect(pictures == perSecond)
    // Where somebody sought, at once.
    let far = ScreenModelTests.reading(frame: 40, time: 9, faces: 1)
    let isShown = model.take(far, now: 1.01)
    #expect(isShown)
  }

  @Test func mirrorTurnsThePictureAndItsMarks() {
    var image = Image(width: 64, height: 48)
    for y in 0..<48 {
      for x in 0..<64 {
        image[x, y] = Pixel(red: x < 32 ? 248 : 0, green: 0, blue: 0)
      }
    }
    let reading = ScreenModelTests.reading(frame: 0, time: 0, faces: 1, image: image)
    func cells(_ isMirrored: Bool) -> [[Canvas.Cell]] {
      var canvas = Canvas(columns: 32, rows: 13)
      canvas.drawPreview(
        reading, focus: 1, isMirrored: isMirrored,
        in: Area(column: 0, row: 0, columns: 32, rows: 13))
      return (1..<13).map { row in (0..<32).map { canvas[$0, row] } }
    }
    #expect(cells(true) == cells(false).map { $0.reversed() })
    #expect(cells(true) != cells(false))
  }

  @Test func previewComesAndGoes() {
    var model = ScreenModelTests.model()
    #expect(ScreenModelTests.text(model).contains { $0.contains("Preview") })
    _ = model.handle("p", now: 0)
    #expect(!ScreenModelTests.text(model).contains { $0.contains("Preview") })
  }

  @Test func previewShowsPixelsBoxAndLandmarks() {
    var image = Image(width: 64, height: 48)
    for y in 0..<48 {
      for x in 0..<64 {
        image[x, y] =
          x < 32 ? Pixel(red: 248, green: 0, blue: 0) : Pixel(red: 0, green: 0, blue: 248)
      }
    }
    let model = ScreenModelTests.model(seconds: 1, image: image)
    let canvas = model.draw(columns: 120, rows: 40, glyphs: .unicode, hasColors: true, now: 0)
    let halves = canvas.cells.filter { $0.glyph == "▀" }.flatMap {
      [$0.style.ink, $0.style.ground]
    }
    #expect(halves.count > 1000)
    let red = halves.count { $0 == .rgb(248, 0, 0) }
    let blue = halves.count { $0 == .rgb(0, 0, 248) }
    #expect(red > halves.count * 2 / 5 && blue > halves.count * 2 / 5)
    #expect(halves.contains(.focus) && halves.contains(.alert))

    let letters = model.draw(columns: 120, rows: 40, glyphs: .ascii, hasColors: false, now: 0)
    #expect(letters.cells.contains { $0.glyph == "o" && $0.style.ink == .alert })
    #expect(!letters.cells.contains { $0.style.ground != .plain })
  }

  @Test func severalFacesHaveNumberAndNameAtTheirBoxes() {
    let image = Sample.image(width: 640, height: 480)
    func preview(_ faces: Int) -> String {
      var reading = ScreenModelTests.reading(frame: 0, time: 0, faces: faces, image: image)
      for index in reading.faces.indices {
        reading.faces[index].box = Rect(x: 20 + 300 * Float(index), y: 150, width: 250, height: 250)
      }
      var model = ScreenModel(smoothing: 0)
      model.take(reading)
      return ScreenModelTests.text(model, 120, 40).joined(separator: "\n")
    }
    let names = (0..<2).map { Sample.emotion(phase: Float($0)).expression.label.name }
    for (index, name) in names.enumerated() {
      #expect(preview(2).contains("\(index + 1) \(name)"))
      #expect(!preview(1).contains("\(index + 1) \(name)"))
    }
  }
}
