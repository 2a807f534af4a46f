/// The work of a ``PublishingSink`` without its thread: opens the client, retries if that fails,
/// sends, and announces changes.
struct Courier {
  private let destination: Destination
  private let client: any PublishingClient
  private let say: (PublishingNotice) -> Void
  private var nextAttempt = 0.0
  /// Whether trouble was announced that still lasts.
  private var saidTrouble = false
  private(set) var sent = 0
  /// Frames that nothing received: the client was not open, or the receiver was too far behind.
  private(set) var leftOut = 0

  /// Time between two attempts to open, in s.
  static let retryInterval = 2.0

  init(
    to destination: Destination, by client: any PublishingClient,
    say: @escaping (PublishingNotice) -> Void
  ) {
    self.destination = destination
    self.client = client
    self.say = say
  }

  var descriptor: Int32? { client.descriptor }

  /// Opens the connection, or keeps it alive if it is open. `now`: s on any clock that only goes
  /// forward.
  /// - Returns: whether frames should wait, because the client will know in a moment whether it can
  ///   send them
  mutating func attend(now: Double) -> Bool {
    if case .closed = client.state, now >= nextAttempt {
      client.open()
      nextAttempt = now + Self.retryInterval
    }
    client.attend()
    announce()
    return client.state == .opening
  }

  mutating func send(_ publication: Publication) {
    if client.send(publication) { sent += 1 } else { leftOut += 1 }
    announce()
  }

  func finish() { client.close() }

  /// Announces the start and the end of trouble, once each.
  private mutating func announce() {
    let trouble: PublishingError?
    switch client.state {
    case .opening: return
    case .open(let error), .closed(let error): trouble = error
    }
    guard (trouble != nil) != saidTrouble else { return }
    saidTrouble = trouble != nil
    say(PublishingNotice(destination, trouble))
  }
}
