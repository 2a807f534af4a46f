import CMosquitto
import Glibc
import Runtime

/// Publishes records to a topic of an MQTT broker with quality of service 0. `TOPIC/status` is
/// `online` while the client is connected, then `offline`; as the last will, the broker also sets
/// it if the client vanishes.
final class MQTTClient: PublishingClient {
  private(set) var state = ClientState.closed(nil)
  var descriptor: Int32? {
    let socket = mosquitto_socket(client)
    return socket >= 0 ? socket : nil
  }

  /// A broker that hears nothing for one and a half times as long considers the client dead, in s.
  private static let keepAlive: Int32 = 20
  /// How long to wait for the broker's answer, in s.
  private static let patience = 5.0

  private let host: String
  private let port: Int
  private let topic: String
  private let client: OpaquePointer?
  /// The broker's answer: 0 if it accepted, otherwise its reason; nil before it answers.
  private var answer: Int32?
  private var openedAt = 0.0

  init(host: String, port: Int, topic: String) {
    self.host = host
    self.port = port
    self.topic = topic
    _ = Self.library
    client = mosquitto_new(nil, true, nil)
    mosquitto_user_data_set(client, Unmanaged.passUnretained(self).toOpaque())
    mosquitto_connect_callback_set(client) { _, object, code in
      Unmanaged<MQTTClient>.fromOpaque(object!).takeUnretainedValue().answer = code
    }
    let farewell = Array("offline".utf8)
    mosquitto_will_set(client, topic + "/status", Int32(farewell.count), farewell, 0, true)
  }

  private static let library: Void = {
    mosquitto_lib_init()
  }()

  deinit { mosquitto_destroy(client) }

  func open() {
    answer = nil
    openedAt = monotonicSeconds()
    let code = mosquitto_connect_async(client, host, Int32(port), Self.keepAlive)
    switch code {
    case MOSQ_ERR_SUCCESS.signed: state = .opening
    case MOSQ_ERR_EAI.signed: state = .closed(.unknownHost(host, reason: "no such name"))
    case MOSQ_ERR_ERRNO.signed: state = .closed(.noBroker(reason: String(cString: strerror(errno))))
    default: state = .closed(.noBroker(reason: words(code)))
    }
  }

  func send(_ publication: Publication) -> Bool {
    attend()
    // A backlog means that the broker does not keep up; the library would queue without limit.
    guard case .open = state, !mosquitto_want_write(client) else { return false }
    return publish(publication.record, to: topic, retain: false)
  }

  func attend() {
    if case .closed = state { return }
    let code = mosquitto_loop(client, 0, 1)
    if code != MOSQ_ERR_SUCCESS.signed { return lose(code) }
    guard state == .opening else { return }
    switch answer {
    case 0:
      state = .open(nil)
      _ = publish(Array("online".utf8), to: topic + "/status", retain: true)
    case let code?:
      state = .closed(.brokerRefused(reason: String(cString: mosquitto_connack_string(code))))
    case nil:
      if monotonicSeconds() - openedAt > Self.patience {
        state = .closed(.noBroker(reason: "no answer"))
      }
    }
  }

  private func lose(_ code: Int32) {
    if let answer, answer != 0 {
      state = .closed(.brokerRefused(reason: String(cString: mosquitto_connack_string(answer))))
    } else if state == .opening {
      state = .closed(.noBroker(reason: words(code)))
    } else {
      state = .closed(.brokerLeft)
    }
  }

  private func publish(_ payload: [UInt8], to topic: String, retain: Bool) -> Bool {
    let code = mosquitto_publish(client, nil, topic, Int32(payload.count), payload, 0, retain)
    if code != MOSQ_ERR_SUCCESS.signed { lose(code) }
    return code == MOSQ_ERR_SUCCESS.signed
  }

  func close() {
    guard case .open = state else { return }
    _ = publish(Array("offline".utf8), to: topic + "/status", retain: true)
    let deadline = monotonicSeconds() + 0.5
    while mosquitto_want_write(client), monotonicSeconds() < deadline,
      mosquitto_loop(client, 50, 1) == MOSQ_ERR_SUCCESS.signed
    {}
    mosquitto_disconnect(client)
    state = .closed(nil)
  }

  private func words(_ code: Int32) -> String { String(cString: mosquitto_strerror(code)) }
}

extension mosq_err_t {
  /// The library's functions return `int`.
  var signed: Int32 { Int32(rawValue) }
}
