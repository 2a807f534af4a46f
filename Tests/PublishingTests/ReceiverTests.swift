import Foundation
import TestSupport
import Testing

@testable import Publishing

/// Tests sinks with real receivers. Tests whose receiver is not installed are skipped.
@Suite(.serialized) struct ReceiverTests {
  @Test(arguments: Receiver.installed)
  func everyFrameArrivesInOrderAndSoon(kind: Receiver) throws {
    let port = Tool.freePort()
    let server = try kind.server(port: port)
    let receiver = try kind.start(port: port)
    let notices = Notices()
    let publisher = PublishingSink(Destination(url: kind.url(port: port))!, say: notices.add)
    // A subscriber receives nothing that was sent before it connected.
    let (first, _) = publisher.takeFrames(from: 0) { _ in !kind.arrivals(receiver.lines).isEmpty }
    let (next, slowest) = publisher.takeFrames(from: first) { $0 == 200 }
    let report = publisher.finish()
    #expect(slowest < 0.05)
    #expect(receiver.wait { kind.arrivals($0).last?.frame == next - 1 })
    let arrivals = kind.arrivals(receiver.lines)
    let frames = arrivals.map(\.frame)
    #expect(frames.count > 200 && frames == Array(frames[0]..<next))
    #expect(report.done == next && publisher.missed == 0)
    // oscdump does not tell when it received something.
    if kind != .osc {
      let lateness = arrivals.map { ($0.receivedAt ?? .infinity) - ($0.takenAt ?? 0) }.sorted()
      #expect(lateness[lateness.count / 2] <= 0.02)
    }
    if kind != .osc { #expect(notices.troubles.isEmpty) }
    withExtendedLifetime(server) {}
  }

  @Test(arguments: Receiver.installed)
  func row40_aReceiverThatIsKilledAndComesBackIsServedAgain(kind: Receiver) throws {
    let port = Tool.freePort()
    var server = try kind.server(port: port)
    var receiver = try kind.start(port: port)
    let notices = Notices()
    let publisher = PublishingSink(Destination(url: kind.url(port: port))!, say: notices.add)
    var (next, _) = publisher.takeFrames(from: 0) { _ in
      // OSC has no receiver until oscdump listens.
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
    publisher.finish()
    withExtendedLifetime(server) {}
  }

  @Test(arguments: Receiver.allCases)
  func row40_anUnknownHostIsSaidOnceAndHoldsUpNobody(kind: Receiver) throws {
    let notices = Notices()
    let destination = Destination(url: kind.url(port: 9, host: "no-such-host.invalid"))!
    let publisher = PublishingSink(destination, say: notices.add)
    let (next, slowest) = publisher.takeFrames(from: 0) { $0 > 600 && !notices.troubles.isEmpty }
    let report = publisher.finish()
    #expect(slowest < 0.05)
    #expect(report.done == 0 && publisher.missed == next)
    #expect(notices.troubles.count == 1)
    guard case .unknownHost("no-such-host.invalid", _) = notices.troubles[0] else {
      Issue.record("\(notices.troubles)")
      return
    }
  }

  @Test func row40_aPortThatIsTakenIsSaidAndUsedWhenItIsFree() throws {
    let port = Tool.freePort()
    let destination = Destination.zeroMQ(host: "127.0.0.1", port: port)
    let (first, second) = (Notices(), Notices())
    let owner = PublishingSink(destination, say: first.add)
    _ = owner.takeFrames(from: 0) { $0 == 20 }
    let publisher = PublishingSink(destination, say: second.add)
    _ = publisher.takeFrames(from: 0) { _ in !second.troubles.isEmpty }
    #expect(second.troubles == [.portTaken(port)] && first.troubles.isEmpty)
    owner.finish()
    _ = publisher.takeFrames(from: 0) { _ in second.troubles.count > 1 }
    #expect(second.troubles == [.portTaken(port), nil])
    publisher.finish()
  }

  @Test func row40_anAddressOfAnotherMachineCannotBeOpened() throws {
    let notices = Notices()
    // TEST-NET-1, RFC 5737
    let publisher = PublishingSink(.zeroMQ(host: "192.0.2.1", port: 5556), say: notices.add)
    _ = publisher.takeFrames(from: 0) { _ in !notices.troubles.isEmpty }
    #expect(notices.troubles == [.foreignAddress("192.0.2.1")])
    publisher.finish()
  }

  @Test func row40_aBrokerThatIsNotThereIsSaidOnce() throws {
    let notices = Notices()
    let port = Tool.freePort()
    let publisher = PublishingSink(
      .mqtt(host: "127.0.0.1", port: port, topic: "e"), say: notices.add)
    _ = publisher.takeFrames(from: 0) { $0 > 600 }
    #expect(notices.troubles == [.noBroker(reason: "Connection refused")])
    publisher.finish()
  }

  @Test(.enabled(if: Receiver.installed.contains(.mqtt), "mosquitto is not installed"))
  func row40_theBrokerKnowsWhetherWeAreThere() throws {
    let port = Tool.freePort()
    let broker = try Receiver.mqtt.server(port: port)
    let status = try Tool(
      Tool.path("mosquitto_sub")!, ["-p", "\(port)", "-t", "e/status", "-F", "%p"])
    func connected() -> MQTTClient {
      let client = MQTTClient(host: "127.0.0.1", port: port, topic: "e")
      client.open()
      for _ in 0..<500 where client.state != .open(nil) {
        client.attend()
        usleep(10_000)
      }
      return client
    }
    let client = connected()
    #expect(status.wait { $0 == ["online"] }, "\(status.lines) \(broker?.lines ?? [])")
    client.close()
    #expect(status.wait { $0 == ["online", "offline"] })
    // A connection that breaks without a disconnect triggers the last will.
    var vanishing: MQTTClient? = connected()
    #expect(status.wait { $0 == ["online", "offline", "online"] })
    withExtendedLifetime(vanishing) {}
    vanishing = nil
    #expect(status.wait { $0 == ["online", "offline", "online", "offline"] })
    // A later subscriber receives it too.
    let late = try Tool(
      Tool.path("mosquitto_sub")!, ["-p", "\(port)", "-t", "e/status", "-F", "%r %p"])
    #expect(late.wait { $0 == ["1 offline"] })
    withExtendedLifetime(broker) {}
  }

  @Test(.enabled(if: Receiver.installed.contains(.osc), "liblo-tools is not installed"))
  func aBundleHoldsTheWholeFrame() throws {
    let port = Tool.freePort()
    let receiver = try Receiver.osc.start(port: port)
    let publisher = PublishingSink(.osc(host: "127.0.0.1", port: port)) { _ in }
    var publication = Frames.publication(7, faces: 2)
    publication.takenAt = 1_750_000_000.5
    for _ in 0..<500 where receiver.lines.isEmpty {
      publisher.take(publication)
      usleep(20_000)
    }
    publisher.finish()
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
    // The time tag says when the camera took the frame, in seconds since 1900.
    let tag = String(1_750_000_000 + 2_208_988_800, radix: 16) + ".80000000 "
    let expected = ["/emenet/frame idi 7 0.218750 2"] + face(1) + face(2)
    #expect(Array(receiver.lines.prefix(11)) == expected.map { tag + $0 })
  }

  private static func fixed(_ value: Double) -> String { String(format: "%.6f", value) }
}
