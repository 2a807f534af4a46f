import Inference
import Testing

@testable import Reading
@testable import Screen
@testable import Theme

@Suite struct CanvasTests {
  @Test func textIsCutAndForeignCharactersAreReplaced() {
    var canvas = Canvas(columns: 6, rows: 2, glyphs: .unicode)
    canvas.put("abcdefgh", 2, 0)
    canvas.put("é猫\u{301}\n\u{1b}", -1, 1)
    canvas.put("outside", 0, 7)
    #expect(canvas.text == ["  abcd", "????  "])
    var ascii = Canvas(columns: 4, rows: 1, glyphs: .ascii)
    ascii.put("aé", 0, 0)
    ascii.put("long", 2, 0, limit: 1)
    #expect(ascii.text == ["a?l "])
  }

  @Test(
    arguments: [
      (0, "····"), (0.03, "▏···"), (0.25, "█···"), (0.375, "█▌··"), (1, "████"), (2, "████"),
      (-1, "····"), (Float.nan, "····"), (.infinity, "····"),
    ] as [(Float, String)])
  func barsHaveEighths(fraction: Float, expected: String) {
    var canvas = Canvas(columns: 4, rows: 1)
    canvas.putBar(fraction, 0, 0, width: 4, Style())
    #expect(canvas.text == [expected])
  }

  @Test(
    arguments: [
      (0, "··|··"), (1, "··|##"), (-1, "##|··"), (0.5, "··|#·"), (-0.5, "·#|··"),
      (.nan, "··|··"), (-7, "##|··"),
    ] as [(Float, String)])
  func centredBarsGrowFromZero(value: Float, expected: String) {
    var canvas = Canvas(columns: 5, rows: 1, glyphs: .ascii)
    canvas.putCenteredBar(value, 0, 0, width: 5, Style())
    #expect(canvas.text == [expected.replacing("·", with: ".")])
  }

  /// The part of a cell that is filled from the right is the reverse of its rest.
  @Test func barsToTheLeftHaveEighthsToo() {
    var canvas = Canvas(columns: 5, rows: 1)
    canvas.putCenteredBar(-0.625, 0, 0, width: 5, Style())
    #expect(canvas[0, 0].glyph == "▊" && canvas[0, 0].style.isReversed)
    #expect(canvas[1, 0].glyph == "█" && !canvas[1, 0].style.isReversed)
  }

  @Test(
    arguments: [
      (0.5, 0.25, "━━━━██  "), (0, 0, "        "), (0.25, 0.02, "━━▏     "), (1, 0, "━━━━━━━━"),
      (0, 1, "████████"), (.nan, .nan, "        "), (1, 1, "━━━━━━━━"),
    ] as [(Float, Float, String)])
  func uncertaintiesAreToldApartByTheirGlyphs(
    aleatoric: Float, epistemic: Float, expected: String
  ) {
    var canvas = Canvas(columns: 8, rows: 1)
    canvas.putUncertainty(
      Uncertainty(aleatoric: aleatoric, epistemic: epistemic), 0, 0, width: 8)
    #expect(canvas.text == [expected])
    for glyphs in [Glyphs.unicode, .console, .ascii] {
      #expect(!glyphs.epistemic.contains(glyphs.aleatoric))
      #expect(glyphs.epistemicKey != glyphs.aleatoric)
    }
  }

  @Test func dotsFillBrailleCells() {
    let corners: [(Int, Int, Unicode.Scalar)] = [
      (0, 0, "⠁"), (0, 1, "⠂"), (0, 2, "⠄"), (0, 3, "⡀"), (1, 0, "⠈"), (1, 1, "⠐"),
      (1, 2, "⠠"), (1, 3, "⢀"),
    ]
    for (x, y, glyph) in corners {
      var canvas = Canvas(columns: 1, rows: 1)
      var plot = DotPlot(Area(column: 0, row: 0, columns: 1, rows: 1), .unicode)
      plot.put(x, y, Style())
      plot.put(2, 0, Style())
      plot.put(0, -1, Style())
      plot.draw(on: &canvas)
      #expect(canvas[0, 0].glyph == glyph)
    }
    var canvas = Canvas(columns: 3, rows: 1, glyphs: .ascii)
    var plot = DotPlot(Area(column: 0, row: 0, columns: 3, rows: 1), .ascii)
    for (x, y) in [(0, 0), (1, 1), (2, 0), (2, 1)] { plot.put(x, y, Style()) }
    plot.draw(on: &canvas)
    #expect(canvas.text == ["'.:"])
  }

  @Test(
    arguments: [
      (0, "   0%", "  +0%"), (0.62, "  62%", " +62%"), (1, " 100%", " +99%"),
      (-0.3, "   0%", " -30%"),
      (.nan, "   0%", "  +0%"), (9, " 100%", " +99%"),
    ] as [(Float, String, String)])
  func percentsKeepTheirColumns(fraction: Float, plain: String, difference: String) {
    #expect(" " + percent(fraction) == plain)
    #expect(" " + percent(fraction, signed: true) == difference)
  }

  @Test func pictureHoldsTheText() {
    var canvas = Canvas(columns: 20, rows: 2)
    canvas.put("a < b & c", 0, 0, .ink(.alert, bold: true))
    canvas.putBar(0.5, 0, 1, width: 10, .ink(.valence))
    canvas.put("⢁" as Unicode.Scalar, 12, 1)
    let svg = canvas.svg
    // The first dot and the last.
    #expect(
      svg.contains("cx=\"110.25\" cy=\"20.25\"") && svg.contains("cx=\"114.75\" cy=\"33.75\""))
    #expect(svg.contains(">a &lt; b &amp; c</text>"))
    #expect(svg.contains("fill=\"#ffd75f\" font-weight=\"bold\""))
    #expect(svg.components(separatedBy: "fill=\"#87d787\"").count == 6)
  }

  @Test(
    arguments: [
      (0, 0, 0, 16), (255, 255, 255, 231), (255, 0, 0, 196), (95, 135, 175, 67), (8, 8, 8, 232),
      (128, 128, 128, 244), (215, 135, 215, 176),
    ] as [(UInt8, UInt8, UInt8, Int32)])
  func coloursOfThePalette(red: UInt8, green: UInt8, blue: UInt8, number: Int32) {
    #expect(Palette256.nearest(red, green, blue) == number)
  }

  /// Neither grey nor green nor pink: red leads, then green, then blue, at about its lightness.
  @Test(
    arguments: [
      (255, 219, 172), (241, 194, 125), (224, 172, 105), (198, 134, 66), (141, 85, 36),
      (232, 190, 172), (206, 150, 124), (255, 224, 189), (234, 192, 134), (173, 116, 83),
      (120, 80, 60), (222, 170, 150), (190, 160, 150), (110, 84, 76), (240, 220, 210),
    ] as [(UInt8, UInt8, UInt8)])
  func row14_skinLooksLikeSkinInThePalette(red: UInt8, green: UInt8, blue: UInt8) throws {
    let number = Int(Palette256.nearest(red, green, blue)) - 16
    try #require(number < 216, "a grey")
    let levels = [0, 95, 135, 175, 215, 255]
    let found = (levels[number / 36], levels[number / 6 % 6], levels[number % 6])
    #expect(found.0 > found.1 && found.1 >= found.2, "\(found)")
    #expect(abs(found.0 + found.1 - Int(red) - Int(green)) <= 70, "\(found)")
  }

  @Test func aStepThatNoOneSeesLooksTheSame() {
    func cell(_ red: UInt8, _ ground: Ink = .rgb(0, 0, 0)) -> Canvas.Cell {
      Canvas.Cell(glyph: "▀", style: Style(ink: .rgb(red, 80, 80), ground: ground))
    }
    #expect(cell(80).looksLike(cell(88)) && cell(88).looksLike(cell(80)))
    #expect(!cell(80).looksLike(cell(96)))
    // Marks have colours with a meaning.
    #expect(!cell(80).looksLike(cell(80, .focus)))
  }
}
