import Foundation

/// Third-party receivers for `--publish`.
public enum Receiver: String, CaseIterable, Sendable {
  case zeroMQ, osc, mqtt

  /// What a receiver got for one frame; times are in s since 1970.
  public struct Arrival: Sendable {
    public var frame: Int
    /// nil if the receiver does not report it.
    public var receivedAt: Double?
    /// When the camera took the frame; nil if that is not sent.
    public var takenAt: Double?
    /// From capture to the end of inference, in ms; nil if that is not sent.
    public var latencyMilliseconds: Double?
  }

  public static let python = Python.path(having: "zmq")

  /// Those that are installed here; prints what is missing for the others.
  public static let installed = allCases.filter { receiver in
    guard let missing = receiver.missing else { return true }
    FileHandle.standardError.write(Data("\(receiver.rawValue) is not tested: \(missing)\n".utf8))
    return false
  }

  private var missing: String? {
    switch self {
    case .zeroMQ: Self.python == nil ? "python3-zmq is not installed" : nil
    case .osc: Tool.path("oscdump") == nil ? "liblo-tools is not installed" : nil
    case .mqtt:
      Tool.path("mosquitto") == nil || Tool.path("mosquitto_sub") == nil
        ? "mosquitto or mosquitto-clients is not installed" : nil
    }
  }

  public func url(port: Int, host: String = "127.0.0.1") -> String {
    switch self {
    case .zeroMQ: "zmq://\(host):\(port)"
    case .osc: "osc://\(host):\(port)"
    case .mqtt: "mqtt://\(host):\(port)/lab/emotions"
    }
  }

  /// The server that must run before the receiver.
  public func server(port: Int) throws -> Tool? {
    guard self == .mqtt else { return nil }
    let broker = try Tool(Tool.path("mosquitto")!, ["-v", "-p", "\(port)"])
    _ = broker.wait { $0.contains { $0.contains("running") } }
    return broker
  }

  public func start(port: Int) throws -> Tool {
    switch self {
    case .zeroMQ:
      let script = """
        import sys, time, zmq
        socket = zmq.Context().socket(zmq.SUB)
        socket.setsockopt(zmq.RECONNECT_IVL, 20)
        socket.connect("tcp://127.0.0.1:" + sys.argv[1])
        socket.subscribe("emenet")
        print("ready", flush=True)
        while True:
            topic, record = socket.recv_multipart()
            print(time.time(), record.decode(), flush=True)
        """
      let tool = try Tool(Self.python!, ["-c", script, "\(port)"])
      _ = tool.wait { !$0.isEmpty }
      return tool
    case .osc: return try Tool(Tool.path("oscdump")!, ["-L", "\(port)"])
    case .mqtt:
      return try Tool(
        Tool.path("mosquitto_sub")!, ["-p", "\(port)", "-t", "lab/emotions", "-F", "%U %p"])
    }
  }

  /// Parses the lines that the receiver printed.
  public func arrivals(_ lines: [String]) -> [Arrival] {
    lines.compactMap { self == .osc ? bundle($0) : record($0) }
  }

  private func record(_ line: String) -> Arrival? {
    struct Record: Decodable {
      var frame: Int
      var at: Double?
      var latency: Double?

      enum CodingKeys: String, CodingKey {
        case frame, at
        case latency = "latency_ms"
      }
    }
    let parts = line.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, let receivedAt = Double(parts[0]),
      let record = try? JSONDecoder().decode(Record.self, from: Data(parts[1].utf8))
    else { return nil }
    return Arrival(
      frame: record.frame, receivedAt: receivedAt, takenAt: record.at,
      latencyMilliseconds: record.latency)
  }

  /// "eeb2b053.8999aa60 /emenet/frame idi 3 0.5 1", possibly preceded by its time of arrival.
  private func bundle(_ line: String) -> Arrival? {
    var words = line.split(separator: " ")
    guard let address = words.firstIndex(of: "/emenet/frame"), words.count > address + 2,
      let frame = Int(words[address + 2])
    else { return nil }
    let receivedAt = address == 2 ? Double(words.removeFirst()) : nil
    let tag = words[0].split(separator: ".").compactMap { Double(Int($0, radix: 16) ?? 0) }
    return Arrival(
      frame: frame, receivedAt: receivedAt,
      takenAt: tag[0] - 2_208_988_800 + tag[1] / 4_294_967_296, latencyMilliseconds: nil)
  }
}
