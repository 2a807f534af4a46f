import Testing

@testable import Publishing

/// A client controlled by the test.
private final class ScriptedClient: PublishingClient {
  var state = ClientState.closed(nil)
  /// The result of the next `open`.
  var next = ClientState.open(nil)
  var openings = 0
  var frames: [Int] = []
  var isClosed = false
  var descriptor: Int32? { nil }

  func open() {
    openings += 1
    state = next
  }

  func send(_ publication: Publication) -> Bool {
    guard case .open = state else { return false }
    frames.append(publication.frame)
    return true
  }

  func attend() {}
  func close() { isClosed = true }
}

@Suite struct CourierTests {
  private let destination = Destination.osc(host: "studio", port: 9000)
  private let unknown = PublishingError.unknownHost("studio", reason: "Name or service not known")

  @Test func troubleIsSaidOnceAndSoIsItsEnd() {
    let client = ScriptedClient()
    var notices: [PublishingError?] = []
    var courier = Courier(to: destination, by: client) { notices.append($0.trouble) }
    client.next = .closed(unknown)
    for step in 0..<20 {
      _ = courier.attend(now: Double(step) / 4)
      courier.send(Frames.publication(step))
    }
    #expect(notices == [unknown])
    // At 0, 2 and 4 s.
    #expect(client.openings == 3)
    #expect(courier.sent == 0 && courier.leftOut == 20)
    client.next = .open(nil)
    for step in 20..<40 {
      _ = courier.attend(now: Double(step) / 4)
      courier.send(Frames.publication(step))
    }
    #expect(notices == [unknown, nil])
    // The next attempt is at 6 s.
    #expect(client.frames == Array(24..<40))
  }

  @Test func eachOutageIsSaid() {
    let client = ScriptedClient()
    var notices: [PublishingError?] = []
    var courier = Courier(to: destination, by: client) { notices.append($0.trouble) }
    _ = courier.attend(now: 0)
    #expect(notices.isEmpty)
    for state in [
      ClientState.open(.noReceiver), .open(.noReceiver), .open(nil), .open(nil), .open(.noReceiver),
      .closed(.brokerLeft), .closed(.brokerLeft),
    ] {
      client.state = state
      courier.send(Frames.publication(0))
    }
    #expect(notices == [.noReceiver, nil, .noReceiver])
  }

  @Test func framesWaitWhileTheOtherSideIsAwaited() {
    let client = ScriptedClient()
    client.next = .opening
    var courier = Courier(to: destination, by: client) { _ in Issue.record("nothing to say") }
    let waits = [0.0, 9].map { courier.attend(now: $0) }
    #expect(waits == [true, true] && client.openings == 1)
    client.state = .open(nil)
    let waitsWhenOpen = courier.attend(now: 10)
    #expect(!waitsWhenOpen)
    courier.finish()
    #expect(client.isClosed)
  }
}
