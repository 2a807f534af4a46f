import CZeroMQ
import Glibc

/// A PUB socket. Each message has two parts, the topic `emenet` and the JSON record.
///
/// A subscriber that falls more than ``highWaterMark`` records behind loses the newest ones; other
/// subscribers are not affected.
final class ZeroMQClient: PublishingClient {
  private(set) var state = ClientState.closed(nil)
  var descriptor: Int32? { nil }

  static let topic = "emenet"
  /// Records kept for a slow subscriber: half a minute at 30 fps.
  private static let highWaterMark: Int32 = 1000
  /// How long `close` waits for data in transit, in ms.
  private static let linger: Int32 = 500

  private let host: String
  private let port: Int
  private var context: UnsafeMutableRawPointer?
  private var socket: UnsafeMutableRawPointer?
  /// Socket that reports connections and disconnections.
  private var monitor: UnsafeMutableRawPointer?
  private var subscribers = 0

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  deinit { close() }

  func open() {
    do throws(PublishingError) {
      try bind()
      state = .open(nil)
    } catch {
      close()
      state = .closed(error)
    }
  }

  private func bind() throws(PublishingError) {
    // A name may resolve to both 127.0.0.1 and ::1; a subscriber may use either.
    let hosts =
      host == "*" ? ["*"] : try NetworkAddress.resolve(host: host, port: port).map(\.numeric)
    context = zmq_ctx_new()
    socket = zmq_socket(context, ZMQ_PUB)
    guard let socket else { throw Self.error("zmq_socket", errno) }
    set(ZMQ_SNDHWM, Self.highWaterMark)
    set(ZMQ_LINGER, Self.linger)
    set(ZMQ_IPV6, 1)
    watch(socket)
    var failures: [Int32] = []
    for host in hosts where zmq_bind(socket, "tcp://\(host):\(port)") != 0 {
      failures.append(errno)
      if errno == EADDRINUSE { break }
    }
    switch failures.last {
    case EADDRINUSE: throw .portTaken(port)
    case let code? where failures.count == hosts.count:
      throw code == EADDRNOTAVAIL || code == ENODEV
        ? .foreignAddress(host) : Self.error("zmq_bind", code)
    default: break
    }
  }

  private func set(_ option: Int32, _ value: Int32) {
    var value = value
    zmq_setsockopt(socket, option, &value, MemoryLayout<Int32>.size)
  }

  /// If the monitor cannot be opened, readings are sent all the same.
  private func watch(_ socket: UnsafeMutableRawPointer) {
    let endpoint = "inproc://monitor"
    let events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED
    guard zmq_socket_monitor(socket, endpoint, events) == 0 else { return }
    monitor = zmq_socket(context, ZMQ_PAIR)
    zmq_connect(monitor, endpoint)
  }

  func send(_ publication: Publication) -> Bool {
    guard let socket, case .open = state else { return false }
    // PUB never blocks; a part is only refused if memory runs out.
    return zmq_send(socket, Self.topic, Self.topic.utf8.count, ZMQ_SNDMORE) >= 0
      && publication.record.withUnsafeBytes { zmq_send(socket, $0.baseAddress, $0.count, 0) } >= 0
  }

  func attend() {
    guard let monitor, case .open = state else { return }
    while let event = nextEvent(monitor) {
      subscribers += event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? 1 : -1
      // A connection that never completed its handshake also reports a disconnect.
      subscribers = max(0, subscribers)
      state = .open(subscribers == 0 ? .noReceiver : nil)
    }
  }

  /// The first part of an event is its 16-bit number and a value; the second is an address.
  private func nextEvent(_ monitor: UnsafeMutableRawPointer) -> Int32? {
    var part = zmq_msg_t()
    zmq_msg_init(&part)
    defer { zmq_msg_close(&part) }
    guard zmq_msg_recv(&part, monitor, ZMQ_DONTWAIT) >= 2 else { return nil }
    let event = zmq_msg_data(&part).loadUnaligned(as: UInt16.self)
    while zmq_msg_more(&part) != 0, zmq_msg_recv(&part, monitor, ZMQ_DONTWAIT) >= 0 {}
    return Int32(event)
  }

  func close() {
    for socket in [monitor, socket] where socket != nil { zmq_close(socket) }
    if context != nil { zmq_ctx_term(context) }
    (monitor, socket, context) = (nil, nil, nil)
    subscribers = 0
    state = .closed(nil)
  }

  private static func error(_ call: String, _ code: Int32) -> PublishingError {
    .failed(call: call, reason: String(cString: zmq_strerror(code)))
  }
}
