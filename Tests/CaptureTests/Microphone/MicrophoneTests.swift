import AllocationCounter
import Glibc
import SoundTesting
import Testing

@testable import Capture

@Suite struct MicrophoneTests {
  /// Runs the script to its end and returns what the microphone recorded.
  private func run(_ model: ScriptedSound.Model) throws -> (ScriptedSound, MicrophoneLink) {
    let system = ScriptedSound(model)
    let link = MicrophoneLink(origin: Double(system.now()) * 1e-9)
    try MicrophoneSession(
      MicrophoneDevice(name: "default", device: "default"), system: system, link: link
    ).run()
    return (system, link)
  }

  /// Distance of each click from its half second, in s, keyed by half seconds since the start of
  /// the ring buffer.
  private func clicks(_ link: MicrophoneLink) -> [Int: Double] {
    let end = link.ring.end
    let first = max(0, end - 250_000)
    var samples = [Float](repeating: 0, count: end - first)
    samples.withUnsafeMutableBufferPointer { link.ring.read(from: first, into: $0) }
    var errors: [Int: Double] = [:]
    for place in samples.clicks {
      let time = link.origin + Double(first + place) / 16000
      let half = (time / 0.5).rounded()
      errors[Int((half - link.origin / 0.5).rounded())] = time - half * 0.5
    }
    return errors
  }

  /// Two minutes, after which a card that is off by 300 ppm would be off by 36 ms.
  @Test(arguments: [-300.0, -50, 0, 50, 300], [true, false])
  func clocksThatDriftStayTogether(drift: Double, hasTimestamps: Bool) throws {
    let (_, link) = try run(
      .init(
        drift: drift, hasTimestamps: hasTimestamps, jitter: 0.004, script: [.sound(120)]))
    let errors = clicks(link)
    #expect(errors.count >= 28)
    // Without timestamps, the thread's own lateness, 2 ms on average, looks like the card's.
    let tolerance = hasTimestamps ? 0.001 : 0.004
    for (half, error) in errors { #expect(abs(error) < tolerance, "half second \(half)") }
  }

  @Test(arguments: [
    CaptureFormat(rate: 16000, channels: 1, encoding: .int16, period: 320, buffer: 8000),
    CaptureFormat(rate: 44100, channels: 2, encoding: .int32, period: 882, buffer: 22050),
    CaptureFormat(rate: 48000, channels: 4, encoding: .float, period: 1024, buffer: 8192),
    CaptureFormat(rate: 96000, channels: 1, encoding: .int32, period: 4800, buffer: 48000),
    CaptureFormat(rate: 8000, channels: 1, encoding: .int16, period: 80, buffer: 800),
  ])
  func everyFormat(format: CaptureFormat) throws {
    let (_, link) = try run(.init(format: format, script: [.sound(8)]))
    let errors = clicks(link)
    #expect(errors.count >= 14)
    for error in errors.values { #expect(abs(error) < 0.001) }
  }

  @Test func anOverrunLeavesSilence() throws {
    let (system, link) = try run(
      .init(script: [.sound(3.25), .overrun(1.5), .sound(4)]))
    #expect(link.progress.withLock { $0.counters.overruns } == 1)
    #expect(
      system.state.withLock { $0.calls } == [
        "configure", "start", "prepare", "start", "close",
      ])
    let errors = clicks(link)
    for error in errors.values { #expect(abs(error) < 0.001) }
    // The clicks at 3.5, 4 and 4.5 s were lost.
    #expect(Set(errors.keys).isSuperset(of: [1, 2, 3, 4, 5, 6, 10, 11, 12, 13]))
    #expect(Set(errors.keys).isDisjoint(with: [7, 8, 9]))
  }

  /// Unplugged for 5 s: silence fills the time, and it is recognized when it returns.
  @Test(
    arguments: [
      .unplug(5), .hangsUp, .fails(EIO), .silence(5),
    ] as [ScriptedSound.Happening])
  func aLostMicrophoneComesBack(loss: ScriptedSound.Happening) throws {
    let (system, link) = try run(.init(drift: 100, script: [.sound(3), loss, .sound(5)]))
    #expect(link.progress.withLock { $0.counters.reconnects } == 1)
    #expect(link.progress.withLock { $0.counters.overruns } == 0)
    let errors = clicks(link)
    for error in errors.values { #expect(abs(error) < 0.001) }
    #expect(errors.count >= 13)
    // Time has continued: the newest sample is current.
    let now = Double(system.now()) * 1e-9
    #expect(abs(link.origin + Double(link.ring.end) / 16000 - now) < 0.05)
    #expect(system.state.withLock { $0.calls }.count { $0 == "close" } >= 2)
  }

  @Test func itGoesOnAfterTheSystemSlept() throws {
    let (system, link) = try run(.init(script: [.sound(2), .suspend(600), .sound(4)]))
    let calls = system.state.withLock { $0.calls }
    #expect(calls == ["configure", "start", "resume", "close"])
    for error in clicks(link).values { #expect(abs(error) < 0.001) }
    #expect(clicks(link).count >= 7)
  }

  @Test func aDriverThatCannotResumeIsPrepared() throws {
    let (system, _) = try run(
      .init(refusals: ["resume": ENOSYS], script: [.sound(1), .suspend(2), .sound(1)]))
    #expect(
      system.state.withLock { $0.calls }
        == ["configure", "start", "resume", "prepare", "start", "close"])
  }

  @Test func anOverrunAtOnceAfterAnOverrunOpensItAgain() throws {
    let (system, link) = try run(
      .init(script: [.sound(1), .overrun(0.6), .overrun(0.6), .sound(1)]))
    #expect(link.progress.withLock { $0.counters }.overruns == 2)
    #expect(link.progress.withLock { $0.counters }.reconnects == 1)
    #expect(
      system.state.withLock { $0.calls }
        == ["configure", "start", "prepare", "start", "close", "configure", "start", "close"])
  }

  @Test(
    arguments: [
      (ENOENT, .notFound(device: "default")), (ENODEV, .notFound(device: "default")),
      (EBUSY, .busy(device: "default")), (EACCES, .noPermission(device: "default")),
      (EIO, .refused(device: "default", call: "snd_pcm_open", errno: EIO)),
    ] as [(Int32, MicrophoneError)])
  func namesWhyItCannotBeOpened(code: Int32, error: MicrophoneError) {
    #expect(throws: error) { try run(.init(openError: code, script: [])) }
  }

  @Test(
    arguments: [
      ("configure", EINVAL, .noUsableFormat(device: "default")),
      ("configure", EBUSY, .busy(device: "default")),
      ("start", EIO, .refused(device: "default", call: "snd_pcm_start", errno: EIO)),
    ] as [(String, Int32, MicrophoneError)])
  func namesWhyItDoesNotStart(call: String, code: Int32, error: MicrophoneError) {
    #expect(throws: error) { try run(.init(refusals: [call: code], script: [])) }
  }

  @Test func isNamedAsTheListNamesIt() {
    let webcam = MicrophoneDevice(
      name: "HD Webcam C920, USB Audio", device: "plughw:CARD=C920,DEV=0")
    let system = ScriptedSound(.init(microphones: [webcam], script: []))
    for (selector, device) in [
      ("c920", webcam.device), (webcam.device, webcam.device), ("hw:1,0", "hw:1,0"),
      ("default", "default"),
    ] {
      #expect(MicrophoneDevice.resolve(selector, in: system).device == device)
    }
  }

  @Test(.enabled(if: allocation_count_works(), "allocations cannot be counted here"))
  func aPeriodAllocatesNothing() throws {
    let before = allocation_count(allocations_of_a_microphone)
    _ = try run(
      .init(drift: 80, jitter: 0.002, script: [.sound(3), .count(true), .sound(20), .count(false)]))
    #expect(allocation_count(allocations_of_a_microphone) == before)
  }
}
