/// Sends publications to one destination. Used by one thread; nothing blocks but the look-up of a
/// host's name.
protocol PublishingClient: AnyObject {
  var state: ClientState { get }
  /// Worth a call of `attend` when it can be read; nil if there is nothing to wait for.
  var descriptor: Int32? { get }

  /// Opens or connects, or tries it again after ``ClientState/closed(_:)``.
  func open()
  /// False if the frame was left out: nobody is there, or the receiver is too far behind.
  func send(_ publication: Publication) -> Bool
  /// Keeps the connection alive and notices who comes and goes; several times a second.
  func attend()
  /// What was sent still leaves, within half a second.
  func close()
}

enum ClientState: Equatable {
  /// Not open; why, once an attempt has failed.
  case closed(PublishingError?)
  /// Waiting for the other side.
  case opening
  /// Open, though perhaps nobody receives at the moment.
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
