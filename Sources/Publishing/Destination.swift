import CMosquitto
import Foundation

/// Where readings are sent: the value of one `--publish`.
package enum Destination: Equatable, Sendable {
  /// A ZeroMQ PUB socket that subscribers connect to; host "*" means every interface.
  case zeroMQ(host: String, port: Int)
  /// A receiver of OSC over UDP.
  case osc(host: String, port: Int)
  /// A topic at an MQTT broker.
  case mqtt(host: String, port: Int, topic: String)

  /// The accepted forms of URL, for messages.
  package static let forms = "zmq://HOST:PORT, osc://HOST:PORT or mqtt://HOST[:PORT]/TOPIC"

  /// The default host, so that nothing leaves the machine by mistake.
  package static let loopback = "127.0.0.1"
  package static let mqttPort = 1883

  /// nil unless `url` has one of the ``forms``. IPv6 addresses are in brackets.
  package init?(url: String) {
    guard let parts = URLComponents(string: url), parts.user == nil, parts.password == nil,
      parts.query == nil, parts.fragment == nil
    else { return nil }
    let name = (parts.host ?? "").trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    let host = name.isEmpty ? Self.loopback : name
    if let port = parts.port, !(1...65535).contains(port) { return nil }
    switch (parts.scheme?.lowercased(), parts.port) {
    case ("zmq", let port?) where ["", "/"].contains(parts.path):
      self = .zeroMQ(host: host, port: port)
    case ("osc", let port?) where ["", "/"].contains(parts.path):
      self = .osc(host: host, port: port)
    case ("mqtt", let port):
      let topic = String(parts.path.drop { $0 == "/" })
      guard !topic.isEmpty, mosquitto_pub_topic_check(topic) == MOSQ_ERR_SUCCESS.signed
      else { return nil }
      self = .mqtt(host: host, port: port ?? Self.mqttPort, topic: topic)
    default: return nil
    }
  }

  /// False for OSC, which has its own messages.
  var takesRecords: Bool {
    if case .osc = self { false } else { true }
  }

  /// The full URL: "mqtt://127.0.0.1:1883/emotions".
  package var url: String {
    switch self {
    case .zeroMQ(let host, let port): "zmq://\(Self.bracketed(host)):\(port)"
    case .osc(let host, let port): "osc://\(Self.bracketed(host)):\(port)"
    case .mqtt(let host, let port, let topic): "mqtt://\(Self.bracketed(host)):\(port)/\(topic)"
    }
  }

  private static func bracketed(_ host: String) -> String {
    host.contains(":") ? "[\(host)]" : host
  }
}
