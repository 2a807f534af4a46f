import Glibc

/// Sends OSC over UDP, one bundle per frame. liblo encodes the bundles. The socket is our own and
/// connected, since only a connected socket reports that nothing receives.
final class OSCClient: PublishingClient {
  private(set) var state = ClientState.closed(nil)
  var descriptor: Int32? { nil }

  private let host: String
  private let port: Int
  private var socket: Int32?
  /// Packets sent since one was refused.
  private var sinceRefusal = 0
  /// A refusal is only reported with one of the next packets, so a few must succeed before the
  /// receiver counts as present.
  private static let convincing = 10

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  deinit { close() }

  func open() {
    do throws(PublishingError) {
      let addresses = try NetworkAddress.resolve(host: host, port: port)
      socket = addresses.lazy.compactMap { $0.connectedSocket() }.first
      guard socket != nil else {
        throw .failed(call: "connect", reason: reason(errno))
      }
      state = .open(nil)
    } catch {
      state = .closed(error)
    }
  }

  func send(_ publication: Publication) -> Bool {
    guard let socket else { return false }
    let bytes = OSCBundle.bytes(of: publication)
    // `send` may report the error of an earlier packet instead of sending this one; a second
    // attempt sends it.
    for _ in 0..<2 {
      if Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) >= 0 {
        sinceRefusal += 1
        if sinceRefusal >= Self.convincing { state = .open(nil) }
        return true
      }
      switch errno {
      case EINTR: break
      case ECONNREFUSED:
        sinceRefusal = 0
        state = .open(.noReceiver)
      case EAGAIN: return false
      case let code:
        sinceRefusal = 0
        state = .open(.failed(call: "send", reason: reason(code)))
        return false
      }
    }
    return false
  }

  func attend() {}

  func close() {
    if let socket { Glibc.close(socket) }
    socket = nil
    state = .closed(nil)
  }

  private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
