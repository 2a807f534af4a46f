import Foundation
import TestSupport
import Testing

@testable import Publishing

/// The publisher with the receivers that people have. Where one is not installed its tests are
/// skipped.
@Suite(.serialized) struct ReceiverTests {
  static let installed = Receiver.allCases.filter { receiver in
    guard let missing = receiver.missing else { return true }
    FileHandle.standardError.write(Data("\(receiver.rawValue) is not tested: \(missing)\n".utf8))
    return false
  }

  @Test(arguments: installed)
  func everyFrameArrivesInOrderAndSoon(kind: Receiver) throws {
    let port = Tool.freePort()
    let server = try kind.server(port: port)
    let receiver = try kind.start(port: port)
    let notices = Notices()
    let publisher = Publisher([kind.destination(port: port)], say: notices.add)
    // A subscriber gets nothing of what was sent before it was there.
    let (first, _) = publisher.takeFrames(from: 0) { _ in !kind.arrivals(receiver.lines).isEmpty }
    let (next, slowest) = publisher.takeFrames(from: first) { $0 == 200 }
    let report = publisher.finish()[0]
    #expect(slowest < 0.05)
    #expect(receiver.wait { kind.arrivals($0).last?.frame == next - 1 })
    let arrivals = kind.arrivals(receiver.lines)
    let frames = arrivals.map(\.frame)
    #expect(frames.count > 200 && frames == Array(frames[0]..<next))
    #expect(report.sent == next && report.leftOut == 0)
    let lateness = arrivals.map { $0.receivedAt - $0.takenAt }.sorted()
    #expect(lateness[lateness.count / 2] <= 0.02)
    if kind != .osc { #expect(notices.troubles.isEmpty) }
    withExtendedLifetime(server) {}
  }

  @Test(arguments: installed)
  func aReceiverThatIsKilledAndComesBackIsServedAgain(kind: Receiver) throws {
    let port = Tool.freePort()
    var server = try kind.server(port: port)
    var receiver = try kind.start(port: port)
    let notices = Notices()
    let publisher = Publisher([kind.destination(port: port)], say: notices.add)
    var (next, _) = publisher.takeFrames(from: 0) { _ in
      // OSC has nobody until oscdump listens.
      kind.arrivals(receiver.lines).count > 20 && notices.troubles.last.map { $0 == nil } ?? true
    }
    let before = notices.troubles.count
    receiver.kill()
    server?.kill()
    (next, _) = publisher.takeFrames(from: next) { _ in notices.troubles.count > before }
    #expect(notices.troubles.last == (kind == .mqtt ? .brokerLeft : .noReceiver))
    server = try kind.server(port: port)
    receiver = try kind.start(port: port)
    (next, _) = publisher.takeFrames(from: next) { _ in
      kind.arrivals(receiver.lines).count > 20 && notices.troubles.count > before + 1
    }
    #expect(notices.troubles.count == before + 2 && notices.troubles.last! == nil)
    let frames = kind.arrivals(receiver.lines).map(\.frame)
    #expect(frames.count > 20 && zip(frames, frames.dropFirst()).allSatisfy { $1 == $0 + 1 })
    _ = publisher.finish()
    withExtendedLifetime(server) {}
  }

  @Test(arguments: Receiver.allCases)
  func anUnknownHostIsSaidOnceAndHoldsUpNobody(kind: Receiver) {
    let notices = Notices()
    let destination = kind.destination(port: 9, host: "no-such-host.invalid")
    let publisher = Publisher([destination], say: notices.add)
    let (next, slowest) = publisher.takeFrames(from: 0) { $0 > 600 && !notices.troubles.isEmpty }
    let report = publisher.finish()[0]
    #expect(slowest < 0.05)
    #expect(report.sent == 0 && report.leftOut == next)
    #expect(notices.troubles.count == 1)
    guard case .unknownHost("no-such-host.invalid", _) = notices.troubles[0] else {
      Issue.record("\(notices.troubles)")
      return
    }
  }

  @Test func aPortThatIsTakenIsSaidAndUsedWhenItIsFree() throws {
    let port = Tool.freePort()
    let destination = Destination.zeroMQ(host: "127.0.0.1", port: port)
    let (first, second) = (Notices(), Notices())
    let owner = Publisher([destination], say: first.add)
    _ = owner.takeFrames(from: 0) { $0 == 20 }
    let publisher = Publisher([destination], say: second.add)
    _ = publisher.takeFrames(from: 0) { _ in !second.troubles.isEmpty }
    #expect(second.troubles == [.portTaken(port)] && first.troubles.isEmpty)
    _ = owner.finish()
    _ = publisher.takeFrames(from: 0) { _ in second.troubles.count > 1 }
    #expect(second.troubles == [.portTaken(port), nil])
    _ = publisher.finish()
  }

  @Test func anAddressOfAnotherMachineCannotBeOpened() {
    let notices = Notices()
    // TEST-NET-1, RFC 5737
    let publisher = Publisher([.zeroMQ(host: "192.0.2.1", port: 5556)], say: notices.add)
    _ = publisher.takeFrames(from: 0) { _ in !notices.troubles.isEmpty }
    #expect(notices.troubles == [.foreignAddress("192.0.2.1")])
    _ = publisher.finish()
  }

  @Test func aBrokerThatIsNotThereIsSaidOnce() {
    let notices = Notices()
    let port = Tool.freePort()
    let publisher = Publisher([.mqtt(host: "127.0.0.1", port: port, topic: "e")], say: notices.add)
    _ = publisher.takeFrames(from: 0) { $0 > 600 }
    #expect(notices.troubles == [.noBroker(reason: "Connection refused")])
    _ = publisher.finish()
  }

  @Test(.enabled(if: Receiver.mqtt.missing == nil, "mosquitto is not installed"))
  func theBrokerKnowsWhetherWeAreThere() throws {
    let port = Tool.freePort()
    let broker = try Receiver.mqtt.server(port: port)
    func status() throws -> [String] {
      let subscriber = try Tool(
        Tool.path("mosquitto_sub")!,
        ["-p", "\(port)", "-t", "e/status", "-C", "1", "-W", "5", "-F", "%r %p"])
      _ = subscriber.wait { !$0.isEmpty }
      return subscriber.lines
    }
    let client = MQTTClient(host: "127.0.0.1", port: port, topic: "e")
    client.open()
    for _ in 0..<500 where client.state != .open(nil) {
      client.attend()
      usleep(10_000)
    }
    #expect(try status() == ["1 online"])
    client.close()
    #expect(try status() == ["1 offline"])
    // A connection that breaks off without a word: the last will.
    var vanishing: MQTTClient? = MQTTClient(host: "127.0.0.1", port: port, topic: "e")
    vanishing?.open()
    for _ in 0..<500 where vanishing?.state != .open(nil) {
      vanishing?.attend()
      usleep(10_000)
    }
    #expect(try status() == ["1 online"])
    vanishing = nil
    #expect(try status() == ["1 offline"])
    withExtendedLifetime(broker) {}
  }

  @Test(.enabled(if: Receiver.osc.missing == nil, "liblo-tools is not installed"))
  func aBundleHoldsTheWholeFrame() throws {
    let port = Tool.freePort()
    let receiver = try Receiver.osc.start(port: port)
    let publisher = Publisher([.osc(host: "127.0.0.1", port: port)]) { _ in }
    var publication = Sample.publication(7, faces: 2)
    publication.takenAt = 1_750_000_000.5
    for _ in 0..<500 where receiver.lines.isEmpty {
      publisher.take(publication)
      usleep(20_000)
    }
    _ = publisher.finish()
    #expect(receiver.wait { $0.count >= 11 })
    let units = (0..<12).map { "\(Self.fixed(Double($0) / 16)) 0.500000 0.250000" }
    func face(_ id: Int) -> [String] {
      let path = "/emenet/face/\(id)/"
      return [
        path + "expression sfffffffff \"Happiness\" 0.062500 0.000000 0.000000 0.000000 0.875000"
          + " 0.000000 0.062500 0.250000 0.125000",
        path + "au \(String(repeating: "f", count: 36)) " + units.joined(separator: " "),
        path + "valence fff 0.500000 0.750000 0.125000",
        path + "arousal fff -0.250000 0.500000 0.000000",
        path + "head fff 12.500000 -3.000000 0.250000",
      ]
    }
    // The tag says when the camera took the frame, in seconds since 1900.
    let tag = String(1_750_000_000 + 2_208_988_800, radix: 16) + ".80000000 "
    let expected = ["/emenet/frame idi 7 0.218750 2"] + face(1) + face(2)
    #expect(Array(receiver.lines.prefix(11)) == expected.map { tag + $0 })
  }

  private static func fixed(_ value: Double) -> String { String(format: "%.6f", value) }
}
