import Foundation
import Imaging
import TestSupport
import Testing

@testable import Recording
@testable import Runtime

@Suite struct AnnotationLayoutTests {
  static let sizes = [
    (640, 480), (640, 360), (480, 270), (360, 288), (112, 112), (1920, 1080), (1280, 720),
    (480, 854), (1, 1), (1, 4000), (4000, 1), (641, 479), (3840, 2160),
  ]

  @Test(arguments: sizes)
  func everythingLiesOnThePicture(width: Int, height: Int) {
    let layout = AnnotationLayout(frameWidth: width, frameHeight: height)
    #expect(layout.width % 2 == 0 && layout.height % 2 == 0)
    let frame = layout.frame
    #expect(frame.x >= 0 && frame.y >= 0)
    #expect(frame.x + frame.width <= Float(layout.panelX))
    #expect(frame.y + frame.height <= Float(layout.height))
    let panel = layout.panelScale
    #expect(panel >= 1)
    #expect(Double(layout.panelX) + EmotionPanel.width * panel <= Double(layout.width))
    #expect(EmotionPanel.height * panel <= Double(layout.height))
    #expect(layout.place(width: width, height: height).overlap(with: frame) > 0.99)
  }

  @Test func aUsualFrameKeepsItsPixels() {
    let layout = AnnotationLayout(frameWidth: 640, frameHeight: 480)
    #expect(layout.frame == Rect(x: 0, y: 0, width: 640, height: 480))
    #expect(layout.width == 1020 && layout.height == 480)
  }
}

@Suite struct AnnotatorTests {
  /// Number of pixels that differ between `a` and `b`, within the columns.
  private func differences(_ a: Image, _ b: Image, columns: Range<Int>) -> Int {
    columns.reduce(0) { sum, x in sum + (0..<a.height).count { a[x, $0] != b[x, $0] } }
  }

  @Test func theFrameIsCopiedAsItIs() {
    let image = Sample.image(width: 640, height: 480)
    var annotator = Annotator(frameWidth: 640, frameHeight: 480)
    annotator.draw(Sample.reading(image: image, faces: 0))
    #expect(differences(image, annotator.canvas, columns: 0..<640) == 0)
  }

  @Test func aFaceIsDrawnOnTheFrameAndInThePanel() {
    let image = Sample.image(width: 640, height: 480)
    var annotator = Annotator(frameWidth: 640, frameHeight: 480)
    annotator.draw(Sample.reading(image: image, faces: 0))
    let without = annotator.canvas
    annotator.draw(Sample.reading(image: image, faces: 1))
    #expect(differences(without, annotator.canvas, columns: 0..<640) > 1000)
    #expect(differences(without, annotator.canvas, columns: 640..<1020) > 5000)
    annotator.draw(Sample.reading(image: image, faces: 0))
    #expect(differences(without, annotator.canvas, columns: 0..<1020) == 0)
  }

  @Test func aliasesOfTheFrameStayAsTheyWere() {
    let image = Sample.image(width: 64, height: 48)
    let before = (0..<64).map { image[$0, 24] }
    var annotator = Annotator(frameWidth: 64, frameHeight: 48)
    annotator.draw(Sample.reading(image: image, faces: 2))
    #expect((0..<64).map { image[$0, 24] } == before)
  }

  @Test(arguments: AnnotationLayoutTests.sizes.dropLast(), [0, 1, 5])
  func row16_anySizeAndAnyNumberOfFaces(size: (Int, Int), faces: Int) {
    var annotator = Annotator(frameWidth: size.0, frameHeight: size.1)
    let image = Sample.image(width: size.0, height: size.1)
    annotator.draw(Sample.reading(image: image, faces: faces))
    #expect(annotator.canvas.width == annotator.layout.width)
  }

  @Test func aFrameOfAnotherSizeFitsIn() {
    var annotator = Annotator(frameWidth: 640, frameHeight: 480)
    annotator.draw(Sample.reading(image: Sample.image(width: 640, height: 480), faces: 0))
    annotator.draw(
      Sample.reading(image: Sample.image(width: 320, height: 480, shade: 128), faces: 0))
    #expect(annotator.canvas[10, 240] == Pixel(red: 0, green: 0, blue: 0))
    #expect(annotator.canvas[320, 240] != Pixel(red: 0, green: 0, blue: 0))
  }

  @Test(arguments: [Float.nan, .infinity, 1e30, -1e30])
  func row16_whatIsNotFiniteIsLeftOut(value: Float) {
    var annotator = Annotator(frameWidth: 64, frameHeight: 48)
    var reading = Sample.reading(faces: 1)
    reading.faces[0].box.x = value
    reading.faces[0].landmarks[5].y = value
    reading.faces[0].emotion.valence.value = value
    reading.faces[0].emotion.actionUnits[0].probability = value
    reading.faces[0].emotion.expression.uncertainty.epistemic = value
    annotator.draw(reading)
    annotator.draw(Sample.reading(faces: 0))
    var fresh = Annotator(frameWidth: 64, frameHeight: 48)
    fresh.draw(Sample.reading(faces: 0))
    #expect(
      differences(fresh.canvas, annotator.canvas, columns: 0..<annotator.canvas.width) == 0)
  }
}

@Suite struct SnapshotTests {
  private let folder = ScratchFolder()

  @Test func neverOverwrites() throws {
    let saved = try (0..<3).map { _ in
      try Snapshot.write(Sample.reading(), lead: nil, screen: "<svg/>", directory: folder.path)
    }
    #expect(Set(saved.map(\.picture)).count == 3)
    #expect(folder.names().count == 6)
    for (picture, screen) in saved {
      let name = picture.split(separator: "/").last ?? ""
      #expect(name.wholeMatch(of: /emenet-\d{8}-\d{6}(-\d)?\.png/) != nil)
      #expect(screen == picture.dropLast(4) + ".svg")
      #expect(try String(contentsOfFile: screen, encoding: .utf8) == "<svg/>")
    }
  }

  /// The panel shows the face that was chosen with Tab, not the largest.
  @Test func theChosenFaceLeads() throws {
    let reading = Sample.reading(faces: 3)
    func picture(lead: Int?) throws -> Data {
      let path = try Snapshot.write(
        reading, lead: lead, screen: "", directory: folder.path
      ).picture
      return try Data(contentsOf: URL(fileURLWithPath: path))
    }
    let largest = try picture(lead: nil)
    #expect(try picture(lead: 1) == largest)
    #expect(try picture(lead: 9) == largest)
    #expect(try picture(lead: 2) != largest)
  }

  @Test func row10_aMissingFolderIsAnError() {
    #expect(throws: OutputError.self) {
      try Snapshot.write(
        Sample.reading(), lead: nil, screen: "", directory: folder.file("missing"))
    }
  }
}
