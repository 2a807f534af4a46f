import Capture
import FaceCrop
import Foundation
import Imaging
import Inference
import TestSupport
import Testing

@testable import LiveDemo
@testable import Reading
@testable import Recording
@testable import Records

/// Row 16: images in which faces are hard to find, through detection, network, records and drawing.
@Suite struct FaceFaultTests {
  /// A frame of the bundled sample; its face is 212 px wide and centred at (319, 204).
  private static let portrait = Task<Image, any Error> {
    let source = VideoFile(path: Program.sample, pacing: .everyFrame)
    try source.start()
    defer { source.stop() }
    var frame = try await source.next()
    for _ in 0..<60 { frame = try await source.next() }
    return try #require(frame).image
  }
  private static let face = Point(319, 204)
  private static let faceWidth: Float = 212

  struct Scene: CustomTestStringConvertible {
    var testDescription: String
    var width = 640
    var height = 480
    /// The faces: centre and width in px; rotation in degrees.
    var faces: [(x: Float, y: Float, width: Float, turn: Float)] = []
    /// Minimum number found. A face that is partly hidden or tiny may be missed.
    var found: Int
    var ground: Ground = .grey(128)

    enum Ground {
      case grey(UInt8)
      case noise
    }

    func picture(_ portrait: Image) -> Image {
      var seed: UInt64 = 1
      var image = Image(width: width, height: height)
      image.fill { _, _ in
        switch ground {
        case .grey(let level): return Pixel(red: level, green: level, blue: level)
        case .noise:
          seed = seed &* 6_364_136_223_846_793_005 &+ 1
          return Pixel(
            red: UInt8(seed >> 56), green: UInt8(seed >> 48 & 255), blue: UInt8(seed >> 40 & 255))
        }
      }
      for place in faces {
        image.draw(
          portrait,
          by: SimilarityTransform(
            moving: FaceFaultTests.face, to: Point(place.x, place.y),
            rotation: place.turn * .pi / 180, scale: place.width / FaceFaultTests.faceWidth),
          within: place.width)
      }
      return image
    }
  }

  private static func one(
    _ name: String, _ x: Float, _ y: Float, _ width: Float, turn: Float = 0, found: Int
  ) -> Scene {
    Scene(testDescription: name, faces: [(x, y, width, turn)], found: found)
  }

  private static func crowd(_ count: Int) -> Scene {
    var scene = Scene(testDescription: "\(count) faces", width: 1280, height: 720, found: count)
    for place in 0..<count {
      let (column, row) = (Float(place % 5), Float(place / 5))
      scene.faces.append((140 + 250 * column, 180 + 360 * row, 100 + 6 * Float(place), 0))
    }
    return scene
  }

  private static let plain: [Scene] = [
    Scene(testDescription: "black", found: 0, ground: .grey(0)),
    Scene(testDescription: "white", found: 0, ground: .grey(255)),
    Scene(testDescription: "noise", found: 0, ground: .noise),
    Scene(testDescription: "one pixel", width: 1, height: 1, found: 0),
    Scene(testDescription: "a line", width: 3, height: 2000, found: 0, ground: .noise),
  ]
  private static let single: [Scene] = [
    one("left border", 20, 240, 160, found: 0), one("right border", 600, 240, 160, found: 0),
    one("top border", 320, 10, 200, found: 0), one("bottom border", 320, 470, 200, found: 0),
    one("corner", 0, 0, 200, found: 0), one("touching the border", 80, 240, 150, found: 1),
    one("larger than the picture", 320, 240, 900, found: 0),
    one("20 px", 300, 240, 20, found: 0), one("40 px", 300, 240, 40, found: 1),
    one("rolled 90 degrees", 320, 240, 200, turn: 90, found: 1),
    one("rolled 90 degrees the other way", 320, 240, 200, turn: -90, found: 1),
    one("upside down", 320, 240, 200, turn: 180, found: 1),
    one("leaning", 320, 240, 200, turn: 40, found: 1),
  ]

  private static let crowds: [Scene] = (2...10).map(crowd)

  @Test(arguments: plain + single + crowds)
  func row16_aRecordForEachFrameAndIdsThatStay(scene: Scene) async throws {
    let image = scene.picture(try await Self.portrait.value)
    let store = try CheckpointStore(
      paths: [Program.repository.path + "/checkpoints"], members: 1)
    let ensemble = try Ensemble(members: store.members, temporal: store.temporal)
    let pipeline = EmotionPipeline(
      ensemble, of: .faces(try bundledDetector(), maxFaces: 10))
    let folder = ScratchFolder()
    let writer = try RecordWriter(path: folder.file("out.jsonl"), format: .json(perMember: false))
    var annotator = Annotator(frameWidth: scene.width, frameHeight: scene.height)
    let frames = 45
    for frame in 0..<frames {
      let time = Double(frame) / 30
      let reading = await pipeline.read(
        Frame(
          image: image, time: time, clockTime: time, duration: 1 / 30, sequence: frame,
          capturedAt: 0, dropped: 0))
      try writer.write(reading)
      annotator.draw(reading)
    }
    writer.close()

    let text = try String(contentsOfFile: folder.file("out.jsonl"), encoding: .utf8)
    #expect(!text.contains("null"))
    let records = try LiveRecord.all(in: folder.file("out.jsonl"))
    #expect(records.map(\.frame) == Array(0..<frames))
    let (width, height) = (Double(scene.width), Double(scene.height))
    for face in records.flatMap(\.faces) {
      #expect(face.landmarks.count == 68)
      #expect(face.box[0] >= 0 && face.box[1] >= 0)
      #expect(face.box[0] + face.box[2] <= width + 0.02)
      #expect(face.box[1] + face.box[3] <= height + 0.02)
    }
    let ids = records.map { $0.faces.map(\.id) }
    let last = ids.last!
    #expect((scene.found...scene.faces.count).contains(last.count), "\(ids)")
    // The ids at the end are all the ids there ever were: none has changed.
    #expect(Set(ids.joined()) == Set(last) && Set(last).count == last.count)
    print("row 16, \(scene.testDescription): \(last.count) of \(scene.faces.count) faces")
  }
}

extension Image {
  fileprivate mutating func fill(_ pixel: (Int, Int) -> Pixel) {
    for y in 0..<height {
      for x in 0..<width { self[x, y] = pixel(x, y) }
    }
  }

  /// Draws `source`, moved by `transform`, up to `radius` from its face; each pixel is the mean of
  /// 4 x 4.
  fileprivate mutating func draw(
    _ source: Image, by transform: SimilarityTransform, within radius: Float
  ) {
    guard let back = transform.inverse else { return }
    let center = transform(Point(319, 204))
    for y in max(0, Int(center.y - radius))..<min(height, Int(center.y + radius)) {
      for x in max(0, Int(center.x - radius))..<min(width, Int(center.x + radius)) {
        var sum = SIMD3<Int>.zero
        var count = 0
        for part in 0..<16 {
          let from = back(
            Point(Float(x) + (Float(part % 4) + 0.5) / 4, Float(y) + (Float(part / 4) + 0.5) / 4))
          guard from.x >= 0, from.y >= 0, from.x < Float(source.width),
            from.y < Float(source.height)
          else { continue }
          let pixel = source[Int(from.x), Int(from.y)]
          sum &+= SIMD3(Int(pixel.red), Int(pixel.green), Int(pixel.blue))
          count += 1
        }
        guard count == 16 else { continue }
        self[x, y] = Pixel(
          red: UInt8(sum.x / 16), green: UInt8(sum.y / 16), blue: UInt8(sum.z / 16))
      }
    }
  }
}
