import Testing

@testable import Publishing

@Suite struct DestinationTests {
  @Test(
    arguments: [
      ("zmq://*:5556", .zeroMQ(host: "*", port: 5556)),
      ("zmq://:5556", .zeroMQ(host: "127.0.0.1", port: 5556)),
      ("zmq://[::1]:5556", .zeroMQ(host: "::1", port: 5556)),
      ("ZMQ://studio:5556/", .zeroMQ(host: "studio", port: 5556)),
      ("osc://studio.local:9000", .osc(host: "studio.local", port: 9000)),
      ("osc://:9000", .osc(host: "127.0.0.1", port: 9000)),
      ("mqtt://broker/lab/emotions", .mqtt(host: "broker", port: 1883, topic: "lab/emotions")),
      ("mqtt://broker:1884/e", .mqtt(host: "broker", port: 1884, topic: "e")),
      ("mqtt:///emotions", .mqtt(host: "127.0.0.1", port: 1883, topic: "emotions")),
      ("mqtt://broker/gef%C3%BChle", .mqtt(host: "broker", port: 1883, topic: "gefühle")),
      ("zmq://host", nil), ("zmq://host:0", nil), ("zmq://host:65536", nil), ("zmq://host:x", nil),
      ("zmq://host:1/path", nil), ("osc://host", nil), ("osc://host:1/path", nil),
      ("mqtt://host", nil), ("mqtt://host/", nil), ("mqtt://host/a/#", nil), ("mqtt://host/+", nil),
      ("mqtt://me:secret@host/topic", nil), ("mqtt://host/topic?x=1", nil), ("http://host:1", nil),
      ("host:5556", nil), ("", nil), ("zmq:", nil), ("records.jsonl", nil), ("zmq://a b:5", nil),
    ] as [(String, Destination?)])
  func urlsAreDestinationsOrNothing(url: String, expected: Destination?) {
    #expect(Destination(url: url) == expected)
    if let expected { #expect(Destination(url: expected.url) == expected) }
  }
}
