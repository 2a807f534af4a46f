import Foundation
import Imaging
import Testing

@testable import Capture
@testable import Runtime

/// Rows 1, 2 and 4 to 7 of the promises, on a scripted camera.
@Suite struct CameraSessionTests {
  typealias Happening = ScriptedSystem.Happening
  /// 4 x 2 pixels of the same grey.
  static func frame(_ grey: UInt8) -> Happening { .frame([UInt8](repeating: grey, count: 8)) }

  struct Outcome {
    var counters: SourceCounters
    var format: SourceFormat?
    var last: Frame?
    var error: CameraError?
    var system: ScriptedSystem
  }

  /// Runs the script on this thread; the queue keeps the last frame.
  private func run(
    _ script: [Happening], reconnect: Double = 30,
    change: (inout ScriptedSystem.Model) -> Void = { _ in }
  ) async throws -> Outcome {
    var model = ScriptedSystem.Model()
    model.script = script
    change(&model)
    let system = ScriptedSystem(model)
    let link = CameraLink()
    let session = try CameraSession(
      CameraOptions(reconnectSeconds: reconnect), system: system, link: link)
    session.run()
    let progress = link.progress.withLock { $0 }
    let last = try? await link.queue.next()
    var error: CameraError?
    do { _ = try await link.queue.next() } catch let thrown as CameraError { error = thrown }
    #expect(progress.state == .ended)
    #expect(system.state.withLock { $0.openDevices } == 0, "every device is closed")
    return Outcome(
      counters: SourceCounters(
        delivered: link.queue.counters.fetched,
        dropped: progress.missed + link.queue.counters.replaced,
        damaged: progress.damaged, reconnects: progress.reconnects),
      format: progress.format, last: last, error: error, system: system)
  }

  @Test func deliversWhatTheDriverGaveAndQueuesItAtOnce() async throws {
    let outcome = try await run([Self.frame(10), Self.frame(20), Self.frame(30)])
    let last = try #require(outcome.last)
    #expect(last.image[3, 1] == Pixel(red: 30, green: 30, blue: 30))
    #expect(last.sequence == 2 && last.dropped == 2 && abs(last.time - 0.2) < 1e-9)
    #expect(last.capturedAt == 1_000_000_000_000 + 300_000_000)
    #expect(outcome.system.calls.filter { $0 == "queue" }.count == 3)
    #expect(outcome.error == nil)
  }

  @Test(
    arguments: [
      (EACCES, CameraError.noPermission(device: "/dev/video0")),
      (EBUSY, .busy(device: "/dev/video0")),
      (ENOTTY, .notACaptureDevice(device: "/dev/video0")),
      (EIO, .refused(device: "/dev/video0", call: "open", errno: EIO)),
    ] as [(Int32, CameraError)])
  func row1_saysWhyANodeDoesNotOpen(code: Int32, expected: CameraError) async throws {
    var model = ScriptedSystem.Model()
    model.openError = code
    let system = ScriptedSystem(model)
    #expect(throws: expected) { try CameraDevice.find("/dev/video0", in: system) }
  }

  @Test func row1_saysWhatWasTried() throws {
    var model = ScriptedSystem.Model()
    model.node = nil
    #expect(throws: CameraError.noDevice(tried: [])) {
      try CameraDevice.find(nil, in: ScriptedSystem(model))
    }
    model.others = ["/dev/video1": ENOTTY, "/dev/video2": EIO]
    #expect(throws: CameraError.noDevice(tried: ["/dev/video1", "/dev/video2"])) {
      try CameraDevice.find(nil, in: ScriptedSystem(model))
    }
    model.others["/dev/video3"] = EACCES
    #expect(throws: CameraError.noPermission(device: "/dev/video3")) {
      try CameraDevice.find(nil, in: ScriptedSystem(model))
    }
    model.node = "/dev/video0"
    #expect(throws: CameraError.noDevice(tried: ["/dev/video7"])) {
      try CameraDevice.find("7", in: ScriptedSystem(model))
    }
    #expect(
      throws: CameraError.notFound(selector: "brio", cameras: ["/dev/video0 (Scripted Camera)"])
    ) { try CameraDevice.find("brio", in: ScriptedSystem(model)) }
    for selector in [nil, "0", "/dev/video0", "scripted", "usb-Scripted-index0"] {
      #expect(try CameraDevice.find(selector, in: ScriptedSystem(model)).node == "/dev/video0")
    }
    model.captures = false
    #expect(throws: CameraError.notACaptureDevice(device: "/dev/video0")) {
      try CameraDevice.find("0", in: ScriptedSystem(model))
    }
  }

  @Test(arguments: ["setFormat", "setRate", "makeBuffers", "startStream"])
  func row1_aBusyCameraIsSaidToBe(call: String) async throws {
    await #expect(throws: CameraError.busy(device: "/dev/video0")) {
      try await run([]) { $0.refusals[call] = EBUSY }
    }
  }

  @Test func row2_saysWhatItGotAndStrictRefusesIt() throws {
    var model = ScriptedSystem.Model()
    model.given = BufferFormat(width: 640, height: 480, pixelFormat: .yuyv, bytesPerRow: 1280)
    func session(_ options: CameraOptions) throws -> SourceFormat? {
      let link = CameraLink()
      let session = try CameraSession(options, system: ScriptedSystem(model), link: link)
      session.run()
      return link.progress.withLock { $0.format }
    }
    var options = CameraOptions(width: 1280, height: 720, framesPerSecond: 60)
    #expect(try session(options)?.differences == ["asked 1280x720@60, got 640x480@30"])
    options.strict = true
    #expect(
      throws: CameraError.formatRefused(
        device: "/dev/video0", asked: "1280x720@60", got: "640x480@30")
    ) { try session(options) }
    #expect(try session(CameraOptions(pixelFormat: .mjpg))?.differences == ["asked MJPG, got YUYV"])
    #expect(
      try session(CameraOptions(framesPerSecond: 15))?.differences == ["asked 15 fps, got 30 fps"])
    for options in [
      CameraOptions(strict: true),
      CameraOptions(
        width: 640, height: 480, framesPerSecond: 29.97, pixelFormat: .yuyv, strict: true),
    ] {
      #expect(try session(options)?.differences == [])
    }
  }

  @Test func row3_restartsAndReopensAStall() async throws {
    let outcome = try await run([
      Self.frame(1), .silence, Self.frame(2), .silence, .silence, Self.frame(3),
    ])
    #expect(outcome.last?.image[0, 0].red == 3)
    #expect(outcome.counters.reconnects == 1)
    #expect(outcome.system.calls.filter { $0 == "startStream" }.count == 4)
    #expect(outcome.error == nil)
  }

  @Test func row4_comesBackUnderAnotherNode() async throws {
    let outcome = try await run([
      Self.frame(1), .unplug(backAt: "/dev/video4", after: 12), Self.frame(2),
    ])
    let last = try #require(outcome.last)
    #expect(last.image[0, 0].red == 2 && last.sequence == 1)
    #expect(last.time > 12 && last.time < 13)
    #expect(outcome.format?.path == "/dev/video4")
    #expect(outcome.counters.reconnects == 1 && outcome.error == nil)
    #expect(outcome.system.calls.filter { $0 == "pause" }.count < 30)
  }

  @Test(arguments: [(0, 31), (5, 31), (30, 31), (5, nil)] as [(Double, Double?)])
  func row4_givesUpWhenTheTimeIsOver(reconnect: Double, after: Double?) async throws {
    let outcome = try await run(
      [
        Self.frame(1), .unplug(backAt: after == nil ? nil : "/dev/video0", after: after ?? 0),
        Self.frame(2),
      ], reconnect: reconnect)
    guard case .lost(device: "/dev/video0", let seconds) = outcome.error else {
      Issue.record("it ends lost: \(String(describing: outcome.error))")
      return
    }
    #expect(abs(seconds - reconnect) < 0.002)
    #expect(outcome.last?.image[0, 0].red == 1)
  }

  @Test func row4_doesNotTakeATwin() {
    let ours = CameraDevice(name: "C", node: "/dev/video0", bus: "usb-1", formats: [])
    let twin = CameraDevice(name: "C", node: "/dev/video2", bus: "usb-2", formats: [])
    var moved = ours
    moved.bus = "usb-3"
    var identity = CameraIdentity(of: ours, in: ScriptedSystem(.init()))
    identity.twins = ["usb-2"]
    #expect(identity.find(in: [twin]) == nil)
    #expect(identity.find(in: [twin, moved]) == moved)
    #expect(identity.find(in: [moved, twin, ours]) == ours)
  }

  @Test(arguments: [
    Happening.flagged, .empty, .frame([1, 2, 3]), .frame([UInt8](repeating: 1, count: 7)),
  ])
  func row5_countsAndSkipsWhatIsDamaged(_ damage: Happening) async throws {
    let outcome = try await run([Self.frame(1), damage, damage, Self.frame(2)])
    let last = try #require(outcome.last)
    #expect(last.image[0, 0].red == 2 && last.sequence == 3)
    #expect(outcome.counters.damaged == 2 && last.dropped == 3)
    // Half a minute of damaged frames: reopened every three seconds, never given up.
    let long = try await run(
      [Self.frame(1)] + [Happening](repeating: damage, count: 300) + [Self.frame(2)])
    #expect(long.last?.image[0, 0].red == 2 && long.error == nil)
    #expect((8...10).contains(long.system.calls.filter { $0 == "setFormat" }.count - 1))
  }

  @Test func row5_knowsBrokenJPEGs() throws {
    let whole = try Fixture.bytes("quadrants.jpg")
    let decoder = PictureDecoder()
    let format = BufferFormat(width: 48, height: 32, pixelFormat: .mjpg, bytesPerRow: 0)
    func picture(_ bytes: [UInt8], _ format: BufferFormat = format) -> Image? {
      // As the camera's thread passes it on.
      (bytes + [0xFF, 0xD9]).withUnsafeBytes { decoder.image($0, format) }
    }
    #expect(picture(whole) != nil)
    #expect(picture(whole.dropLast(2)) != nil, "an end marker left out is no damage")
    #expect(picture(whole + [UInt8](repeating: 0, count: 700)) != nil)
    #expect(picture(Array(whole.prefix(whole.count / 2))) == nil)
    #expect(picture([]) == nil)
    #expect(picture((0..<500).map { UInt8(truncatingIfNeeded: $0 * 37) }) == nil)
    var other = format
    other.width = 64
    #expect(picture(whole, other) == nil)
  }

  @Test(arguments: [Happening.fails(EIO), .fails(EINVAL), .fails(ENODEV), .hangsUp])
  func row6_aFailedStreamIsOpenedAgain(_ fault: Happening) async throws {
    let outcome = try await run([Self.frame(1), fault, Self.frame(2), fault, fault, Self.frame(3)])
    #expect(outcome.last?.image[0, 0].red == 3)
    #expect(outcome.counters.reconnects == 2 && outcome.error == nil)
  }

  @Test func row7_countsGaps() async throws {
    let outcome = try await run([
      Self.frame(1), .skip(4), Self.frame(2), .flagged, .skip(1), Self.frame(3),
    ])
    let last = try #require(outcome.last)
    #expect(last.sequence == 8)
    #expect(last.dropped == 8, "every frame but the last was lost, damaged or overwritten")
  }

  @Test func countersAreReadWhileFramesCome() throws {
    var model = ScriptedSystem.Model()
    model.script = Array(repeating: Self.frame(1), count: 20_000)
    let camera = Camera(
      CameraOptions(), system: ScriptedSystem(model), stopSignal: Event())
    try camera.start()
    let done = DispatchSemaphore(value: 0)
    // On a separate thread: in a deadlock, only that thread is lost.
    Thread.detachNewThread {
      while camera.counters.dropped < 19_999 {}
      done.signal()
    }
    #expect(done.wait(timeout: .now() + 60) == .success)
  }

  @Test func aRealThreadStopsAtOnce() async throws {
    var model = ScriptedSystem.Model()
    model.script = [Self.frame(1), .stop]
    let camera = Camera(
      CameraOptions(), system: ScriptedSystem(model), stopSignal: Event())
    #expect(camera.state == .closed)
    try camera.start()
    #expect(try await camera.next()?.image[0, 0].red == 1)
    camera.stop()
    camera.stop()
    #expect(camera.state == .ended)
    #expect(try await camera.next() == nil)
  }
}
