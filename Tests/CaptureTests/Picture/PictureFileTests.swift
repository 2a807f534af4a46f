import Glibc
import Imaging
import Testing

@testable import Capture

@Suite struct PictureFileTests {
  /// Of every picture in Fixtures that has its colours.
  static let quarters = [
    Pixel(red: 200, green: 30, blue: 40), Pixel(red: 20, green: 180, blue: 60),
    Pixel(red: 30, green: 50, blue: 210), Pixel(red: 240, green: 240, blue: 230),
  ]
  /// The same in BT.601 luma.
  static let greyQuarters = quarters.map { pixel in
    let luma =
      (299 * Int(pixel.red) + 587 * Int(pixel.green) + 114 * Int(pixel.blue) + 500) / 1000
    return Pixel(red: UInt8(luma), green: UInt8(luma), blue: UInt8(luma))
  }

  @Test(arguments: [
    ("quadrants.jpg", quarters, 3), ("progressive.jpg", quarters, 3), ("cmyk.jpg", quarters, 4),
    ("rgb.png", quarters, 0), ("palette.png", quarters, 0),
    ("grey.jpg", greyQuarters, 2), ("grey.png", greyQuarters, 1),
    ("quadrants.webp", quarters, 0), ("quadrants.bmp", quarters, 0),
    ("quadrants.tiff", quarters, 0), ("two.gif", quarters, 0), ("quadrants.avif", quarters, 6),
  ])
  func readsEveryKind(name: String, expected: [Pixel], tolerance: Int) throws {
    let image = try PictureFile.read(Fixture.path(name))
    #expect(image.width == 48 && image.height == 32)
    for (found, expected) in zip(image.quarters, expected) {
      #expect(found.isNear(expected, within: tolerance), "\(name): \(found), not \(expected)")
    }
  }

  @Test func laysWhatIsTransparentOnWhite() throws {
    let image = try PictureFile.read(Fixture.path("alpha.png"))
    let white = Pixel(red: 255, green: 255, blue: 255)
    #expect(image.quarters == [Self.quarters[0], white, Self.quarters[2], white])
  }

  /// The quarters of the stored picture, in the order in which each orientation shows them.
  @Test(
    arguments: [
      (0, [0, 1, 2, 3]), (1, [0, 1, 2, 3]), (2, [1, 0, 3, 2]), (3, [3, 2, 1, 0]),
      (4, [2, 3, 0, 1]),
      (5, [0, 2, 1, 3]), (6, [2, 0, 3, 1]), (7, [3, 1, 2, 0]), (8, [1, 3, 0, 2]),
      (9, [0, 1, 2, 3]),
    ], [true, false])
  func turnsAsExifSays(_ turned: (orientation: Int, order: [Int]), bigEndian: Bool) async throws {
    var bytes = try Fixture.bytes("quadrants.jpg")
    bytes.insert(contentsOf: exif(orientation: turned.orientation, bigEndian: bigEndian), at: 2)
    let image = try await Fixture.withFile(bytes) { try PictureFile.read($0) }
    #expect(image.width == ((5...8).contains(turned.orientation) ? 32 : 48))
    for (found, place) in zip(image.quarters, turned.order) {
      #expect(found.isNear(Self.quarters[place], within: 3))
    }
  }

  /// Row 38: the same in a PNG file, before its pixels or behind them.
  @Test(
    arguments: [(1, [0, 1, 2, 3]), (3, [3, 2, 1, 0]), (6, [2, 0, 3, 1]), (8, [1, 3, 0, 2])],
    [true, false])
  func row38_aPNGIsTurnedAsExifSays(
    _ turned: (orientation: Int, order: [Int]), isFirst: Bool
  ) async throws {
    var bytes = try Fixture.bytes("rgb.png")
    let tiff = exif(orientation: turned.orientation, bigEndian: isFirst).dropFirst(10)
    let content = Array("eXIf".utf8) + tiff
    let chunk = bigEndian(tiff.count) + content + bigEndian(Int(crc32(content)))
    // Behind the header chunk, or before the last.
    bytes.insert(contentsOf: chunk, at: isFirst ? 33 : bytes.count - 12)
    let image = try await Fixture.withFile(bytes) { try PictureFile.read($0) }
    #expect(image.width == ((5...8).contains(turned.orientation) ? 32 : 48))
    for (found, place) in zip(image.quarters, turned.order) {
      #expect(found.isNear(Self.quarters[place], within: 0))
    }
  }

  @Test(arguments: ["turned.webp", "turned.tiff"])
  func whatLibavcodecDecodesIsTurnedAsExifSays(name: String) throws {
    let image = try PictureFile.read(Fixture.path(name))
    #expect(image.width == 32 && image.height == 48)
    #expect(image.quarters == [2, 0, 3, 1].map { Self.quarters[$0] })
  }

  /// FFmpeg 5 to 7 do not read it; 8 gives its first picture.
  @Test func anAnimatedWebPIsReadOrNamed() throws {
    let path = Fixture.path("animated.webp")
    do {
      #expect(try PictureFile.read(path).quarters == Self.quarters)
    } catch {
      #expect(error == .animatedWebP(path: path))
    }
  }

  private func bigEndian(_ number: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
  }

  /// As PNG's appendix D has it.
  private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0 as UInt32) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
      }
    }
  }

  private func exif(orientation: Int, bigEndian: Bool) -> [UInt8] {
    func number(_ value: Int, bytes: Int) -> [UInt8] {
      let digits = (0..<bytes).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
      return bigEndian ? digits.reversed() : digits
    }
    let tiff =
      Array((bigEndian ? "MM" : "II").utf8) + number(42, bytes: 2) + number(8, bytes: 4)
      + number(2, bytes: 2)
      + number(0x010E, bytes: 2) + number(3, bytes: 2) + number(1, bytes: 4) + [0, 0, 0, 0]
      + number(0x0112, bytes: 2) + number(3, bytes: 2) + number(1, bytes: 4)
      + number(orientation, bytes: 2) + [0, 0]
    let segment = Array("Exif\0\0".utf8) + tiff
    return [0xFF, 0xE1, 0, UInt8(segment.count + 2)] + segment
  }

  @Test func namesWhatItCannotRead() async throws {
    #expect(throws: PictureError.unreadable(path: "/no/such/file", errno: ENOENT)) {
      try PictureFile.read("/no/such/file")
    }
    #expect(throws: PictureError.notAFile(path: "/tmp")) { try PictureFile.read("/tmp") }
    #expect(throws: PictureError.notAFile(path: "/dev/zero")) { try PictureFile.read("/dev/zero") }
    for bytes in [[], [0xFF], Array("GIF89a".utf8)] as [[UInt8]] {
      try await Fixture.withFile(bytes) { path in
        #expect(throws: PictureError.unknownFormat(path: path)) { try PictureFile.read(path) }
      }
    }
  }

  /// Row 20: wherever a file is cut it is damaged, and nothing worse happens. (The last bytes of a
  /// PNG file are a marker without which the picture is whole.)
  @Test(arguments: ["quadrants.jpg", "progressive.jpg", "rgb.png", "palette.png"])
  func row20_refusesPicturesThatAreCutShort(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    for length in stride(from: 4, to: bytes.count - 16, by: 3) {
      try await Fixture.withFile(Array(bytes.prefix(length))) { path in
        let error = #expect(throws: PictureError.self) { try PictureFile.read(path) }
        if case .damaged = error { return }
        Issue.record("\(name) cut to \(length) bytes: \(String(describing: error))")
      }
    }
  }

  @Test(arguments: ["quadrants.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "alpha.png"])
  func row20_survivesAnyByte(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    var generator = SystemRandomNumberGenerator()
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] = UInt8.random(in: 0...255, using: &generator)
      try await Fixture.withFile(damaged) { path in
        do { _ = try PictureFile.read(path) } catch is PictureError {}
      }
    }
  }

  @Test func refusesAPictureOfMorePixelsThanItTakes() async throws {
    var bytes = try Fixture.bytes("quadrants.jpg")
    let frame = try #require(bytes.firstRange(of: [0xFF, 0xC0])).lowerBound
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
    try await Fixture.withFile(bytes) { path in
      #expect(throws: PictureError.tooLarge(path: path)) { try PictureFile.read(path) }
    }
  }
}
