/// Sends publications to one destination. Used by one thread; only looking up a host name may
/// block.
protocol PublishingClient: AnyObject {
  var state: ClientState { get }
  /// Worth a call of `attend` when it can be read; nil if there is nothing to wait for.
  var descriptor: Int32? { get }

  /// Opens or connects; also retries after ``ClientState/closed(_:)``.
  func open()
  /// Returns false if the frame was dropped: nothing is connected, or the receiver is too far
  /// behind.
  func send(_ publication: Publication) -> Bool
  /// Keeps the connection alive and notices peers that come or go. Call it several times a second.
  func attend()
  /// Closes; waits up to half a second for data in transit.
  func close()
}

enum ClientState: Equatable {
  /// Not open; carries the reason once an attempt has failed.
  case closed(PublishingError?)
  /// Waiting for the other side to answer.
  case opening
  /// Open, though possibly without a receiver at the moment.
  case open(PublishingError?)
}

extension Destination {
  func makeClient() -> any PublishingClient {
    switch self {
    case .zeroMQ(let host, let port): ZeroMQClient(host: host, port: port)
    case .osc(let host, let port): OSCClient(host: host, port: port)
    case .mqtt(let host, let port, let topic): MQTTClient(host: host, port: port, topic: topic)
    }
  }
}
