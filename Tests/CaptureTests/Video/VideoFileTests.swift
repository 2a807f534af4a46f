import Glibc
import Imaging
import Testing

@testable import Capture
@testable import Runtime

@Suite struct VideoFileTests {
  /// Ten grey pictures, 16, 36, …, 196; 24000/1001 a second, B-frames.
  static let steps = Fixture.path("steps.mp4")

  private func frames(of source: VideoFile) async throws -> [Frame] {
    try source.start()
    defer { source.stop() }
    var frames: [Frame] = []
    while let frame = try await source.next() { frames.append(frame) }
    return frames
  }

  @Test func deliversEveryPictureInOrder() async throws {
    let source = VideoFile(path: Self.steps, pacing: .everyFrame)
    let frames = try await frames(of: source)
    #expect(frames.count == 10)
    for (index, frame) in frames.enumerated() {
      let grey = UInt8(16 + 20 * index)
      let shown = frame.image[32, 24]
      #expect(shown.isNear(Pixel(red: grey, green: grey, blue: grey), within: 3))
      #expect(frame.sequence == index && frame.dropped == 0)
    }
    #expect(source.counters == SourceCounters(delivered: 10))
    #expect(source.state == .ended)
    #expect(
      source.format
        == SourceFormat(
          name: "steps.mp4", path: Self.steps, width: 64, height: 48,
          framesPerSecond: 24000.0 / 1001, frameCount: 10, seconds: source.format.seconds,
          pixelFormat: "h264"))
  }

  @Test(arguments: [
    ("steps.mp4", (0..<10).map { Double($0) * 1001 / 24000 }),
    ("uneven.mkv", [0, 0.125, 0.25, 0.375, 0.542, 0.751, 0.959, 1.21, 1.46, 1.71]),
  ])
  func givesTheFilesPresentationTimes(name: String, times: [Double]) async throws {
    let frames = try await frames(of: VideoFile(path: Fixture.path(name), pacing: .everyFrame))
    #expect(frames.count == times.count)
    for (frame, time) in zip(frames, times) { #expect(abs(frame.time - time) < 1e-9) }
  }

  /// Accurate to the picture, regardless of key frames; times keep increasing.
  @Test(arguments: [0, 3, 9], [0, 1, 4, 5, 9])
  func seeksToThePicture(from: Int, to target: Int) throws {
    let decoder = try VideoDecoder(path: Self.steps)
    let length = 1001.0 / 24000
    var last = 0.0
    for _ in 0...from { last = try #require(decoder.next()).time }
    #expect(decoder.seek(to: Double(target) * length))
    for index in target..<10 {
      let picture = try #require(decoder.next())
      let grey = UInt8(16 + 20 * index)
      #expect(
        picture.image[32, 24].isNear(Pixel(red: grey, green: grey, blue: grey), within: 3))
      #expect(abs(picture.position - Double(index) * length) < 1e-6)
      #expect(abs(picture.time - last - length) < 1e-6)
      last = picture.time
    }
    #expect(decoder.next() == nil)
  }

  /// Beyond the end it shows the last picture; before the beginning, the first.
  @Test(arguments: [(1e6, 9), (-1e6, 0)])
  func seeksWithinTheFile(seconds: Double, last: Int) async throws {
    let source = VideoFile(path: Self.steps, pacing: .everyFrame)
    source.seek(by: seconds)
    let frames = try await frames(of: source)
    let grey = UInt8(16 + 20 * last)
    let shown = seconds < 0 ? frames.first : frames.last
    #expect(
      try #require(shown).image[32, 24]
        .isNear(Pixel(red: grey, green: grey, blue: grey), within: 3))
    #expect(seconds < 0 ? frames.count == 10 : (1..<5).contains(frames.count))
  }

  @Test func honoursRotation() async throws {
    let source = VideoFile(path: Fixture.path("rotated.mp4"), pacing: .everyFrame)
    let image = try #require(try await frames(of: source).first).image
    #expect(source.format.width == 48 && source.format.height == 64)
    // As shown by `ffmpeg -i rotated.mp4`.
    for (found, grey) in zip(image.quarters, [160, 210, 60, 110] as [UInt8]) {
      #expect(found.isNear(Pixel(red: grey, green: grey, blue: grey), within: 4))
    }
  }

  @Test func realtimeComesAtItsTimeAndKeepsTheLatest() async throws {
    let source = VideoFile(path: Self.steps, pacing: .realtime)
    let start = monotonicNanoseconds()
    try source.start()
    defer { source.stop() }
    var frames: [Frame] = []
    while let frame = try await source.next() {
      frames.append(frame)
      let early = Double(monotonicNanoseconds() - start) * 1e-9 - frame.time
      #expect(early >= 0)
      // A reader that is slow by three frames.
      if frame.sequence == 2 { try await Task.sleep(for: .milliseconds(125)) }
    }
    let last = try #require(frames.last)
    #expect(last.sequence == 9)
    #expect(frames.count + last.dropped == 10)
    #expect(last.dropped >= 1 && source.counters.dropped == last.dropped)
  }

  @Test func aLoopGoesOnInTime() async throws {
    let source = VideoFile(path: Self.steps, pacing: .everyFrame, loops: true)
    try source.start()
    defer { source.stop() }
    for index in 0..<35 {
      let frame = try #require(try await source.next())
      #expect(frame.sequence == index)
      #expect(abs(frame.time - Double(index) * 1001 / 24000) < 1e-9)
    }
  }

  @Test(arguments: [VideoFile.Pacing.everyFrame, .realtime])
  func stopEndsItAtOnceAndMayBeRepeated(pacing: VideoFile.Pacing) async throws {
    let source = VideoFile(path: Self.steps, pacing: pacing, loops: true)
    source.stop()
    let other = VideoFile(path: Self.steps, pacing: pacing, loops: true)
    try other.start()
    _ = try await other.next()
    other.stop()
    other.stop()
    #expect(try await other.next() == nil)
    #expect(other.state == .ended)
  }

  @Test func namesWhatItCannotRead() async throws {
    func failure(_ path: String) -> MediaFileError? {
      #expect(throws: MediaFileError.self) {
        try VideoFile(path: path, pacing: .everyFrame).start()
      }
    }
    #expect(failure("/no/such/file") == .unreadable(path: "/no/such/file", errno: ENOENT))
    #expect(failure("/tmp") == .notAFile(path: "/tmp"))
    #expect(failure("/dev/null") == .notAFile(path: "/dev/null"))
    try await Fixture.withFile(Array("not a video".utf8)) { path in
      guard case .unknownFormat(path, _) = failure(path) else {
        Issue.record("a text file is not a video")
        return
      }
    }
  }

  /// Row 20: any prefix and any damage gives pictures or an error, in bounded time.
  @Test(arguments: ["steps.mp4", "uneven.mkv"])
  func row20_survivesDamage(name: String) async throws {
    let bytes = try Fixture.bytes(name)
    var generator = SystemRandomNumberGenerator()
    for round in 0..<60 {
      var damaged = bytes
      if round % 3 == 0 {
        damaged.removeLast(bytes.count * (round + 1) / 61)
      } else {
        for _ in 0..<(1 + round / 4) {
          damaged[Int.random(in: damaged.indices, using: &generator)] = .random(
            in: 0...255, using: &generator)
        }
      }
      try await Fixture.withFile(damaged) { path in
        do {
          let source = VideoFile(path: path, pacing: .everyFrame)
          let frames = try await frames(of: source)
          #expect(frames.count <= 60)
          #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time < $1.time })
        } catch is MediaFileError {}
      }
    }
  }

  @Test func countsPacketsThatCannotBeDecoded() async throws {
    var bytes = try Fixture.bytes("uneven.mkv")
    let picture = try #require(
      bytes.ranges(of: [0, 0, 1, 0xB6]).map(\.lowerBound).dropFirst(4).first)
    for place in picture..<picture + 12 { bytes[place] = 0xFF }
    try await Fixture.withFile(bytes) { path in
      let source = VideoFile(path: path, pacing: .everyFrame)
      let frames = try await frames(of: source)
      #expect(frames.count >= 4)
      #expect(source.counters.damaged > 0)
    }
  }

  /// Row 35: a file that refers to other files opens none of them, whatever its name.
  @Test(arguments: [
    "ffconcat version 1.0\nfile 'FILE'\n",
    "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\nFILE\n#EXT-X-ENDLIST\n",
    "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" "
      + "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"><Period><AdaptationSet "
      + "mimeType=\"video/mp4\"><Representation id=\"1\" bandwidth=\"1\"><BaseURL>FILE</BaseURL>"
      + "</Representation></AdaptationSet></Period></MPD>",
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
      + "a=rtpmap:96 H264/90000\n",
  ])
  func row35_aPlaylistIsRefused(content: String) async throws {
    try await Fixture.withFile(Array(content.replacing("FILE", with: Self.steps).utf8)) { path in
      #expect(throws: MediaFileError.nested(path: path)) {
        try VideoFile(path: path, pacing: .everyFrame).start()
      }
      #expect(throws: MediaFileError.nested(path: path)) { try SoundFile(path: path) }
    }
  }
}
