import Foundation
import SoundTesting
import Testing

@testable import Capture
@testable import Runtime

/// ALSA itself, with PCMs that need no sound card: one plays a file, one is silent.
@Suite(.serialized) struct ALSATests {
  /// Made once: ALSA reads its configuration when it is first used.
  private static let folder: String = {
    let folder = NSTemporaryDirectory() + "alsa-\(ProcessInfo.processInfo.processIdentifier)"
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // A click 2 ms long each half second, for 20 s.
    var sound: [Int16] = []
    for sample in 0..<320_000 { sound.append(sample % 8000 < 32 ? 26000 : 0) }
    try? sound.withUnsafeBytes { Data($0) }.write(to: URL(filePath: folder + "/clicks.raw"))
    try? """
    pcm.silent { type null hint { show on description "Nothing at all" } }
    pcm.clicks {
      type file slave.pcm "silent" file "/dev/null" infile "\(folder)/clicks.raw" format "raw"
      hint { show on description "Clicks from a file" }
    }
    pcm.card { type hw card 31 }
    """.write(toFile: folder + "/asound.conf", atomically: true, encoding: .utf8)
    setenv("ALSA_CONFIG_PATH", folder + "/asound.conf", 1)
    return folder
  }()

  init() { _ = Self.folder }

  @Test func listsWhatCanBeOpened() {
    #expect(
      Set(MicrophoneDevice.all()).isSuperset(of: [
        MicrophoneDevice(name: "Nothing at all", device: "silent"),
        MicrophoneDevice(name: "Clicks from a file", device: "clicks"),
      ]))
    #expect(!MicrophoneDevice.all().contains { $0.device == "card" })
  }

  @Test func capturesAtThePaceOfTime() throws {
    let microphone = Microphone("clicks from")
    try microphone.start()
    #expect(
      microphone.format
        == SoundFormat(
          name: "Clicks from a file", path: "clicks", sampleRate: 16000, channels: 1,
          encoding: "S16"))
    let reader = microphone.reader()
    // As long as the sound takes. Not asleep as a task: it might wake when the sound is long over,
    // beside tests that keep all threads of the pool.
    let deadline = monotonicNanoseconds() + 20_000_000_000
    while reader.available(upTo: .max) < 48000, monotonicNanoseconds() < deadline {
      usleep(20_000)
    }
    let now = Double(monotonicNanoseconds()) * 1e-9
    #expect(microphone.state == .streaming)
    microphone.stop()
    microphone.stop()
    let count = reader.available(upTo: .max)
    #expect(abs(reader.origin + Double(count) / 16000 - now) < 0.6)
    let clicks = reader.samples(0..<count).clicks
    #expect(clicks.count >= 4)
    // The stream starts unevenly: what is there at once is as old as the device's buffer.
    for (click, next) in zip(clicks.dropFirst(2), clicks.dropFirst(3)) {
      #expect(abs(next - click - 8000) <= 40, "\(next - click) samples between clicks")
    }
  }

  @Test func aSilentDeviceIsSilent() throws {
    let microphone = Microphone("silent")
    try microphone.start()
    defer { microphone.stop() }
    let reader = microphone.reader()
    let deadline = monotonicNanoseconds() + 20_000_000_000
    while reader.available(upTo: .max) < 8000, monotonicNanoseconds() < deadline {
      usleep(20_000)
    }
    #expect(reader.available(upTo: 8000) == 8000)
    #expect(reader.samples(0..<8000).allSatisfy { $0 == 0 })
  }

  @Test(arguments: ["no such thing", "card"])
  func whatIsNotThereIsNamed(device: String) {
    #expect(throws: MicrophoneError.notFound(device: device)) {
      try Microphone(device).start()
    }
  }
}
