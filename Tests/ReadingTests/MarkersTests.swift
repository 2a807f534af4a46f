import Capture
import Foundation
import Imaging
import Runtime
import TestSupport
import Testing

@testable import Reading

@Suite struct MarkersTests {
  private func frame(_ time: Double, capturedAt: Double) -> Frame {
    Frame(
      image: Sample.image(width: 8, height: 8), time: time, clockTime: time, duration: 0.04,
      sequence: 0, capturedAt: UInt64(capturedAt * 1e9), dropped: 0)
  }

  @Test func eachHasAFrameOfItsOwnAndItsOwnTime() {
    let markers = Markers(followsClock: true)
    #expect(markers.next(for: frame(0, capturedAt: 100)) == nil)
    #expect(markers.set("on", monotonic: 100_010_000_000, utc: 5) == 1)
    #expect(markers.set("off", monotonic: 100_020_000_000, utc: 6) == 2)
    let first = markers.next(for: frame(0.04, capturedAt: 100.04))
    let second = markers.next(for: frame(0.08, capturedAt: 100.08))
    #expect(first?.number == 1 && first?.text == "on" && first?.utc == 5)
    #expect(abs((first?.time ?? 0) - 0.01) < 1e-6)
    // Its frame came later than it was set: no earlier than the frame before.
    #expect(second?.number == 2 && second?.time == 0.04)
    #expect(markers.next(for: frame(0.12, capturedAt: 100.12)) == nil && markers.unplaced == 0)
  }

  @Test func ofAFileThatIsNotPacedItIsTheFramesTime() {
    let markers = Markers(followsClock: false)
    markers.set(monotonic: 7_000_000_000)
    #expect(markers.next(for: frame(3, capturedAt: 2))?.time == 3)
  }

  @Test func aProgramThatNeverStopsIsLimited() {
    let markers = Markers(followsClock: true)
    for _ in 0..<10_005 { markers.set(String(repeating: "x", count: 2000)) }
    #expect(markers.unplaced == 10_005)
    #expect(markers.set() == nil)
    #expect(markers.next(for: frame(0, capturedAt: 0))?.text.count == Markers.longestText)
  }

  @Test func controlCharactersReachNoTerminal() {
    let markers = Markers(followsClock: true)
    markers.set("a\u{1B}[2Jb")
    #expect(markers.next(for: frame(0, capturedAt: 0))?.text == "a?[2Jb")
  }

  @Test func linesMayComeInPieces() {
    var lines = LineSplitter()
    #expect(lines.take(Array("on\r\nof".utf8)[...], isWhole: false) == ["on"])
    #expect(lines.take(Array("f\n\n".utf8)[...], isWhole: false) == ["off", ""])
    #expect(lines.take(Array("one\ntwo".utf8)[...], isWhole: true) == ["one", "two"])
    let endless = [UInt8](repeating: 65, count: 3 * LineSplitter.longest)
    #expect(lines.take(endless[...], isWhole: false).count == 3)
  }

  @Test(arguments: [
    ("udp://127.0.0.1:9000", "udp://127.0.0.1:9000"), ("udp://:9000", "udp://127.0.0.1:9000"),
    ("udp://[::1]:9000", "udp://[::1]:9000"), ("a/pipe", "a/pipe"),
  ])
  func addresses(text: String, meant: String) {
    #expect(MarkerInput.Address(text)?.text == meant)
  }

  @Test(arguments: ["", "udp://127.0.0.1", "udp://:0", "tcp://:9000", "udp://:9000/x"])
  func whatIsNoAddress(text: String) { #expect(MarkerInput.Address(text) == nil) }

  private func wait(until condition: () -> Bool) -> Bool {
    for _ in 0..<200 {
      if condition() { return true }
      usleep(10_000)
    }
    return false
  }

  /// One writer after the other; the pipe is made and goes again.
  @Test func row41_writersOfThePipeComeAndGo() throws {
    let folder = ScratchFolder()
    let markers = Markers(followsClock: true)
    let input = try MarkerInput(.pipe(path: folder.file("m")), into: markers)
    for (count, word) in ["on", "off"].enumerated() {
      let descriptor = open(folder.file("m"), O_WRONLY)
      #expect(descriptor >= 0)
      _ = (word + "\n").withCString { write(descriptor, $0, strlen($0)) }
      close(descriptor)
      #expect(wait { markers.unplaced == count + 1 })
    }
    input.stop()
    #expect(access(folder.file("m"), F_OK) != 0)
    #expect(markers.next(for: frame(0, capturedAt: 0))?.text == "on")
  }

  @Test func row41_whatIsNoPipeIsLeftAlone() throws {
    let file = TemporaryFile(Array("mine".utf8))
    #expect(throws: MarkerInput.Problem.notAPipe(path: file.path)) {
      _ = try MarkerInput(.pipe(path: file.path), into: Markers(followsClock: true))
    }
    #expect(try String(contentsOfFile: file.path, encoding: .utf8) == "mine")
  }

  @Test func row41_aTakenPortIsSaidAndPacketsArrive() throws {
    let markers = Markers(followsClock: true)
    let port = 20_000 + Int(getpid()) % 20_000
    let address = MarkerInput.Address.udp(host: "127.0.0.1", port: port)
    let input = try MarkerInput(address, into: markers)
    defer { input.stop() }
    #expect(
      throws: MarkerInput.Problem.refused(address: address.text, call: "bind", errno: EADDRINUSE)
    ) { _ = try MarkerInput(address, into: markers) }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = in_port_t(port).bigEndian
    target.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let sender = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(sender) }
    let sent = withUnsafeBytes(of: &target) { bytes in
      sendto(
        sender, "a\nb", 3, 0, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self),
        socklen_t(bytes.count))
    }
    #expect(sent == 3 && wait { markers.unplaced == 2 })
  }
}
