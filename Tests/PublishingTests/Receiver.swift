import Foundation
import TestSupport

@testable import Publishing

/// The receivers of the three kinds, as other people wrote them.
enum Receiver: String, CaseIterable, Sendable {
  case zeroMQ, osc, mqtt

  /// What the receiver saw of one frame.
  struct Arrival {
    var frame: Int
    /// s since 1970
    var takenAt: Double
    var receivedAt: Double
  }

  private static let pythonWithZMQ = Python.path(having: "zmq")

  /// Why it cannot run here; nil if it can.
  var missing: String? {
    switch self {
    case .zeroMQ: Self.pythonWithZMQ == nil ? "python3-zmq is not installed" : nil
    case .osc: Tool.path("oscdump") == nil ? "liblo-tools is not installed" : nil
    case .mqtt:
      Tool.path("mosquitto") == nil || Tool.path("mosquitto_sub") == nil
        ? "mosquitto or mosquitto-clients is not installed" : nil
    }
  }

  func destination(port: Int, host: String = "127.0.0.1") -> Destination {
    switch self {
    case .zeroMQ: .zeroMQ(host: host, port: port)
    case .osc: .osc(host: host, port: port)
    case .mqtt: .mqtt(host: host, port: port, topic: "lab/emotions")
    }
  }

  /// What has to run before the publisher starts, beside the receiver.
  func server(port: Int) throws -> Tool? {
    guard self == .mqtt else { return nil }
    let broker = try Tool(Tool.path("mosquitto")!, ["-v", "-p", "\(port)"])
    _ = broker.wait { $0.contains { $0.contains("running") } }
    return broker
  }

  func start(port: Int) throws -> Tool {
    switch self {
    case .zeroMQ:
      try Tool(
        Self.pythonWithZMQ!,
        [
          "-c",
          """
          import sys, time, zmq
          socket = zmq.Context().socket(zmq.SUB)
          socket.setsockopt(zmq.RECONNECT_IVL, 20)
          socket.connect("tcp://127.0.0.1:" + sys.argv[1])
          socket.subscribe("emenet")
          while True:
              topic, record = socket.recv_multipart()
              print(time.time(), record.decode(), flush=True)
          """, "\(port)",
        ])
    case .osc: try Tool(Tool.path("oscdump")!, ["-L", "\(port)"])
    case .mqtt:
      try Tool(
        Tool.path("mosquitto_sub")!,
        ["-p", "\(port)", "-t", "lab/emotions", "-F", "%U %p"])
    }
  }

  /// What stands in the lines that the receiver prints.
  func arrivals(_ lines: [String]) -> [Arrival] {
    switch self {
    case .zeroMQ, .mqtt:
      lines.compactMap { line in
        struct Record: Decodable {
          var frame: Int
          var at: Double
        }
        let parts = line.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let receivedAt = Double(parts[0]),
          let record = try? JSONDecoder().decode(Record.self, from: Data(parts[1].utf8))
        else { return nil }
        return Arrival(frame: record.frame, takenAt: record.at, receivedAt: receivedAt)
      }
    case .osc:
      // "eeb2b053.8999aa60 /emenet/frame idi 3 0.5 1"; oscdump does not say when it received it.
      lines.compactMap { line in
        let words = line.split(separator: " ")
        guard words.count > 3, words[1] == "/emenet/frame", let frame = Int(words[3]) else {
          return nil
        }
        let tag = words[0].split(separator: ".").compactMap { Double(Int($0, radix: 16) ?? 0) }
        let takenAt = tag[0] - 2_208_988_800 + tag[1] / 4_294_967_296
        return Arrival(frame: frame, takenAt: takenAt, receivedAt: takenAt)
      }
    }
  }
}
