import Foundation
import TestSupport
import Testing

/// `--publish` in the whole program, with real receivers.
@Suite(.serialized) struct PublishRunTests {
  private let folder = ScratchFolder()

  /// A clip in real time, sent to all installed receivers at once: every frame arrives in order and
  /// without noticeable delay.
  @Test(.enabled(if: !Receiver.installed.isEmpty, "no receiver is installed"))
  func everyFrameReachesEveryReceiverInTime() throws {
    let kinds = Receiver.installed
    let ports = kinds.map { _ in Tool.freePort() }
    let servers = try zip(kinds, ports).map { try $0.server(port: $1) }
    let receivers = try zip(kinds, ports).map { kind, port in
      kind != .osc
        ? try kind.start(port: port)
        : try Tool(
          "/bin/bash",
          [
            "-c",
            // oscdump takes the shell's place, so that it ends with the test.
            #"exec oscdump -L "$0" > >(while IFS= read -r line; do echo "$EPOCHREALTIME $line"; done)"#,
            "\(port)",
          ])
    }
    let clip = Shared.path("clips/01_sad_to_laugh_woman.mp4")
    let input = FileManager.default.fileExists(atPath: clip) ? clip : Program.sample
    let json = folder.file("r.jsonl")
    let outcome = try Program.run(
      ["--input", input, "--realtime", "--no-ui", "--frames", "90", "--json", json]
        + zip(kinds, ports).flatMap { ["--publish", $0.url(port: $1)] })
    #expect(outcome.exitCode == 0)
    let records = Receiver.mqtt.arrivals(
      try String(contentsOfFile: json, encoding: .utf8).split(separator: "\n").map { "0 \($0)" })
    #expect(!records.isEmpty && !outcome.errors.contains("did not get"))
    for (kind, receiver) in zip(kinds, receivers) {
      #expect(receiver.wait { kind.arrivals($0).last?.frame == records.last?.frame }, "\(kind)")
      #expect(kind.arrivals(receiver.lines).map(\.frame) == records.map(\.frame), "\(kind)")
    }
    // OSC carries the time of each frame, the records the duration of its inference.
    guard let osc = kinds.firstIndex(of: .osc) else { return }
    let ready = Dictionary(
      uniqueKeysWithValues: zip(kinds[osc].arrivals(receivers[osc].lines), records).map {
        ($0.frame, ($0.takenAt ?? 0) + ($1.latencyMilliseconds ?? 0) / 1000)
      })
    for (kind, receiver) in zip(kinds, receivers) {
      let lateness = kind.arrivals(receiver.lines).map {
        ($0.receivedAt ?? .infinity) - (ready[$0.frame] ?? 0)
      }.sorted()
      let median = lateness[lateness.count / 2]
      print("\(kind): median lateness \(median * 1e3) ms, latest \(lateness.last! * 1e3) ms")
      #expect(median <= 0.02, "\(kind)")
    }
    for server in servers { server?.kill() }
  }

  /// Whatever is wrong with a destination, the monitor continues and reports it once.
  @Test func row40_faultsAreSaidOnceAndTheMonitorGoesOn() throws {
    let port = Tool.freePort()
    let owner = try #require(Listener(port: port))
    let outcome = try Program.run([
      "--input", Program.sample, "--realtime", "--no-ui", "--frames", "120", "--members", "1",
      "--json", folder.file("r.jsonl"), "--publish", "zmq://127.0.0.1:\(port)",
      "--publish", "osc://no-such-host.invalid:9000", "--publish", "mqtt://127.0.0.1:\(port + 1)/e",
    ])
    withExtendedLifetime(owner) {}
    #expect(outcome.exitCode == 0)
    #expect(try LiveRecord.all(in: folder.file("r.jsonl")).count == 120)
    let lines = outcome.errors.split(separator: "\n")
    for words in [
      "emenet: zmq://127.0.0.1:\(port): another program has port \(port); ",
      "emenet: osc://no-such-host.invalid:9000: the host no-such-host.invalid is unknown",
      "emenet: mqtt://127.0.0.1:\(port + 1)/e: no broker answers (Connection refused); ",
      "emenet: zmq://127.0.0.1:\(port): did not get 120 frames",
      "emenet: osc://no-such-host.invalid:9000: did not get 120 frames",
      "emenet: mqtt://127.0.0.1:\(port + 1)/e: did not get 120 frames",
    ] {
      #expect(lines.count { $0.hasPrefix(words) } == 1, "\(words)")
    }
  }

  @Test(arguments: ["http://host:1", "zmq://host", "mqtt://host", "x"])
  func whatIsNoDestinationIsAUsageError(url: String) throws {
    let outcome = try Program.run(["--input", Program.sample, "--no-ui", "--publish", url])
    #expect(
      outcome.exitCode == 64 && outcome.errors.hasPrefix("emenet: --publish: '\(url)' is not "))
  }

  @Test(.enabled(if: Receiver.installed.contains(.mqtt), "mosquitto is not installed"))
  func row40_aBrokerSaysThatAKilledMonitorIsGone() throws {
    let port = Tool.freePort()
    let broker = try Receiver.mqtt.server(port: port)
    let status = try Tool(
      Tool.path("mosquitto_sub")!, ["-p", "\(port)", "-t", "e/status", "-F", "%p"])
    let program = try Program([
      "--input", Program.sample, "--realtime", "--loop", "--no-ui", "--members", "1", "--publish",
      "mqtt://127.0.0.1:\(port)/e",
    ])
    #expect(status.wait { $0 == ["online"] })
    program.send(SIGKILL)
    _ = try program.finish()
    #expect(status.wait { $0 == ["online", "offline"] })
    withExtendedLifetime(broker) {}
  }

  /// Runs each example in the repository until it has printed something.
  @Test(
    .enabled(if: Receiver.installed.count == 3, "not all receivers are installed"),
    arguments: ["receive_zmq.py", "receive_osc", "receive_mqtt", "bridge_lsl.py"])
  func examplesWork(name: String) throws {
    let kind: Receiver = name.hasSuffix("osc") ? .osc : name.hasSuffix("mqtt") ? .mqtt : .zeroMQ
    if name.contains("lsl"), Python.path(having: "pylsl, zmq") == nil {
      print("bridge_lsl.py is not tested: PyPI's pylsl is not installed")
      return
    }
    let port = Tool.freePort()
    let server = try kind.server(port: port)
    let example = Program.repository.appending(path: "examples/\(name)").path
    let receiver: Tool =
      switch name {
      case "receive_zmq.py": try Tool(Receiver.python!, [example, "tcp://127.0.0.1:\(port)"])
      case "receive_osc": try Tool(example, ["\(port)"])
      case "receive_mqtt": try Tool(example, ["lab/emotions", "127.0.0.1", "\(port)"])
      default: try Tool(Python.path(having: "pylsl, zmq")!, [example, "tcp://127.0.0.1:\(port)"])
      }
    let inlet =
      name.contains("lsl")
      ? try Tool(
        Python.path(having: "pylsl, zmq")!,
        [
          "-c",
          """
          import pylsl
          stream = pylsl.resolve_byprop("source_id", "emenet", timeout=30)[0]
          inlet = pylsl.StreamInlet(stream)
          for _ in range(5):
              sample, time = inlet.pull_sample(timeout=10)
              print(len(sample), round(sum(sample[:7]), 3), pylsl.local_clock() - time < 10, flush=True)
          """,
        ]) : nil
    let program = try Program([
      "--input", Program.sample, "--realtime", "--loop", "--no-ui", "--members", "1", "--publish",
      kind.url(port: port),
    ])
    let expected: (String) -> Bool = { line in
      switch name {
      case "receive_zmq.py": line.wholeMatch(of: /\d+ 1 [A-Z][a-z]+ -?[\d.]+/) != nil
      case "receive_osc": line.hasPrefix("/emenet/face/1/expression \"")
      case "receive_mqtt": line.hasPrefix("lab/emotions {\"frame\":")
      default: line == "21 1.0 True"
      }
    }
    #expect(
      (inlet ?? receiver).wait(seconds: 40) { $0.contains(where: expected) }, "\(receiver.lines)")
    program.send(SIGTERM)
    #expect(try program.finish().exitCode == 0)
    withExtendedLifetime(server) {}
  }
}

/// Occupies a port on loopback.
private final class Listener {
  private let descriptor: Int32

  init?(port: Int) {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    let result = withUnsafeBytes(of: &address) {
      bind(
        descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    guard result == 0, listen(descriptor, 1) == 0 else { return nil }
  }

  deinit { close(descriptor) }
}
