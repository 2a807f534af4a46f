import Imaging
import Inference
import TestSupport
import Testing

@testable import Screen
@testable import Theme

@Suite struct PreviewTests {
  /// The picture keeps to its own rate, and to less if it costs more; the bars do not wait for it.
  @Test(arguments: [(0, 0.0, 10), (5_000, 0, 10), (26_000, 0, 2), (0, 0.25, 1), (0, 60, 0)])
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

  /// Screens with the same picture share what was drawn; others do not.
  @Test(arguments: [false, true])
  func anotherPictureIsDrawn(inPixels: Bool) {
    var image = Sample.image(width: 64, height: 48)
    func drawn(rows: Int = 13) -> (cells: [Canvas.Cell], raster: Raster?) {
      var canvas = Canvas(columns: 32, rows: 13)
      canvas.drawPreview(
        ScreenModelTests.reading(frame: 0, time: 0, faces: 0, image: image), focus: nil,
        pixels: inPixels ? (9, 18) : nil, in: Area(column: 0, row: 0, columns: 32, rows: rows))
      return (canvas.cells, canvas.picture?.raster)
    }
    let first = drawn()
    #expect(drawn() == first)
    #expect(drawn(rows: 7) != first)
    for x in 0..<64 { image[x, 20] = Pixel(red: 255, green: 0, blue: 255) }
    #expect(drawn() != first)
  }

  @Test func mirrorTurnsThePictureAndItsMarks() {
    var image = Image(width: 64, height: 48)
    for y in 0..<48 {
      for x in 0..<64 {
        image[x, y] = Pixel(red: x < 32 ? 248 : 0, green: 0, blue: 0)
      }
    }
    let reading = ScreenModelTests.reading(frame: 0, time: 0, faces: 1, image: image)
    func cells(_ isMirrored: Bool) -> [(column: Int, style: Style)] {
      var canvas = Canvas(columns: 32, rows: 13)
      canvas.drawPreview(
        reading, focus: 1, isMirrored: isMirrored,
        in: Area(column: 0, row: 0, columns: 32, rows: 13))
      return (0..<32).flatMap { column in (1..<13).map { (column, canvas[column, $0].style) } }
    }
    /// Mean column of the cells with this ink.
    func place(_ isMirrored: Bool, _ ink: Ink) -> Double {
      let columns = cells(isMirrored).filter { [$0.style.ink, $0.style.ground].contains(ink) }
        .map { Double($0.column) }
      return columns.reduce(0, +) / Double(columns.count)
    }
    for ink in [.rgb(248, 0, 0), .focus, .alert] as [Ink] {
      #expect(place(false, ink) < 15)
      #expect(abs(place(true, ink) + place(false, ink) - 31) < 1.5, "\(ink)")
    }
  }

  @Test func pixelsLieOverBlankCellsAndGiveWayToText() throws {
    let image = Sample.image(width: 640, height: 480)
    var model = ScreenModelTests.model(seconds: 1, image: image)
    func canvas() -> Canvas {
      model.draw(
        columns: 120, rows: 40, glyphs: .unicode, hasColors: true, pixels: (9, 18), now: 0)
    }
    let drawn = canvas()
    let picture = try #require(drawn.picture)
    let area = picture.area
    #expect(picture.raster.width == 9 * area.columns && picture.raster.height == 18 * area.rows)
    #expect(abs(Double(picture.raster.width) / Double(picture.raster.height) - 4.0 / 3) < 0.06)
    for row in area.row..<area.row + area.rows {
      for column in area.column..<area.column + area.columns {
        // Not a space, with which ncurses would clear a line, and the picture.
        #expect(drawn[column, row] == Canvas.Cell(glyph: "\u{a0}"))
      }
    }
    _ = model.handle("?", now: 0)
    #expect(canvas().picture == nil)
    _ = model.handle("?", now: 0)
    _ = model.handle("p", now: 0)
    #expect(canvas().picture == nil)
  }

  @Test(arguments: [(PreviewMode.sixel, "\u{1b}P"), (.kitty, "\u{1b}_G")])
  func pixelsAreSentAtTheirPlaceAndTheCursorReturns(mode: PreviewMode, opening: String) throws {
    let terminal = PixelTerminal(mode, name: "xterm")
    let raster = Raster(
      Sample.image(width: 64, height: 48), width: 80, height: 64, isMirrored: false)
    let picture = PlacedPicture(
      area: Area(column: 4, row: 2, columns: 10, rows: 4), cellWidth: 8, cellHeight: 16,
      raster: raster, labels: [.init(text: "1 Fear", column: 5, row: 3)])
    let text = String(decoding: terminal.sequence(for: picture), as: UTF8.self)
    #expect(text.hasPrefix("\u{1b}7\u{1b}[3;5H") && text.hasSuffix("\u{1b}8"))
    #expect(text.contains(opening) && text.contains("1 Fear"))
    #expect(terminal.removal.isEmpty == (mode == .sixel))
  }

  @Test(
    arguments: [
      ("\u{1b}[?64;4;22c", [64, 4, 22], ""), ("q\u{1b}[?6cr", [6], "qr"),
      ("\u{1b}[?64;4", nil, nil),
      ("q?c", nil, nil), ("\u{1b}[?25h", nil, nil),
    ] as [(String, [Int]?, String?)])
  func answersOfTerminalsAreNoKeys(sent: String, attributes: [Int]?, rest: String?) {
    var bytes = Array(sent.utf8)
    #expect(TerminalAnswer.take(from: &bytes) == attributes)
    #expect(bytes == Array((rest ?? sent).utf8))
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
    // A picture's cell has two colours, of which one fills a cell of one colour.
    let cells = canvas.cells.filter { if case .rgb = $0.style.ground { true } else { false } }
    #expect(cells.count > 500)
    func share(_ color: Ink) -> Int {
      cells.count { $0.style.ink == color || $0.style.ground == color } * 100 / cells.count
    }
    #expect(share(.rgb(248, 0, 0)) > 40 && share(.rgb(0, 0, 248)) > 40)
    let inks = Set(cells.map(\.style.ink))
    #expect(inks.contains(.focus) && inks.contains(.alert))

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
