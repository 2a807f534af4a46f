import Capture
import Inference
import Options
import Publishing
import Records
import Runtime
import Testing
import Words

@testable import LiveDemo

@Suite struct OptionTableTests {
  private func command(_ words: String...) throws -> LiveOptions {
    try LiveOptions(Arguments(parsing: words, of: LiveOptions.description))
  }

  @Test func valuesReachTheirProperties() throws {
    let command = try command(
      "--loop", "--input", "a.mkv", "--size", "640X480", "--fps=12.5", "--max-faces", "7",
      "--state", "carry", "--input-format", "yuyv", "--checkpoint", "a", "--checkpoint", "b",
      "--publish", "zmq://*:5556", "--prior", "fer+", "--force")
    #expect(command.loop && command.force && !command.realtime)
    #expect(command.input == "a.mkv")
    #expect(command.size == PictureSize(width: 640, height: 480))
    #expect(command.framesPerSecond == 12.5)
    #expect(command.maxFaces == 7)
    #expect(command.state == .carry)
    #expect(command.pixelFormat == FourCC(named: "yuyv"))
    #expect(command.ensemble.checkpoints == ["a", "b"])
    #expect(command.publish == [.zeroMQ(host: "*", port: 5556)])
    #expect(command.ensemble.prior == "fer+")
  }

  @Test func oneCameraOrOneRowOfFilesOrOneAddress() throws {
    #expect(try command("--input", "a.mkv", "--input", "b.mkv").inputs == ["a.mkv", "b.mkv"])
    #expect(try command("a.mkv", "b.mkv").subject == .videos(["a.mkv", "b.mkv"]))
    let wrong: [([String], InputError)] = [
      (["--device", "0", "--device", "1"], .severalCameras(["0", "1"])),
      (["--device", "rtsp://a:b@c/"], .addressAsDevice),
      (["--input", "ftp://c/d"], .unknownAddress("ftp://c/d")),
      (["--input", "a.mkv", "--input", "-"], .aloneInRow("-")),
      (["a.mkv", "rtsp://a:b@c/d?e=f"], .aloneInRow("rtsp://c/d?…")),
      (["--input", "rtsp://c/d", "--loop"], .onlyWithInput(option: "loop")),
    ]
    for (words, error) in wrong {
      #expect(throws: error) {
        try LiveOptions(Arguments(parsing: words, of: LiveOptions.description))
      }
    }
  }

  @Test(arguments: [
    ("rtsp://anna:ge@h/e?im@cam:554/s/1", "rtsp://cam:554/s/1"),
    ("http://cam/video.cgi?user=anna&pwd=geheim", "http://cam/video.cgi?…"),
    ("rtsp://cam/user=anna_password=geheim_channel=1.sdp", "rtsp://cam/…"),
    ("https://[::1]:8080/x", "https://[::1]:8080/x"),
  ])
  func passwordsStayWithTheCamera(url: String, shown: String) throws {
    for words in [["--input", url], [url]] {
      let command = try LiveOptions(Arguments(parsing: words, of: LiveOptions.description))
      #expect(command.isLive && command.inputs == [shown] && command.input == shown)
      #expect(!"\(command.arguments)".contains("geheim"))
      #expect(command.stream?.description == shown)
    }
    #expect(
      "see 'emenet --input \(url)'; \(url): no".withoutCredentials
        == "see 'emenet --input \(shown)'; \(shown): no")
  }

  @Test func theLastOfSeveralValuesCounts() throws {
    #expect(try command("--max-faces", "7", "--max-faces", "9").maxFaces == 9)
  }

  @Test(arguments: [
    ("size", "640", "a size such as 640x480"), ("size", "0x480", "a size such as 640x480"),
    ("size", "640x", "a size such as 640x480"), ("size", "x", "a size such as 640x480"),
    ("size", "640x480x3", "a size such as 640x480"), ("size", "-1x5", "a size such as 640x480"),
    ("max-faces", "33", "a whole number from 1 to 32"), ("frames", "0", "a whole number from 1"),
    ("reconnect", "-1", "a number from 0.0"), ("smoothing", "11", "a number from 0.0 to 10.0"),
    ("state", "keep", "carry or reset"), ("publish", "ftp://x", Destination.forms),
    ("input-format", "é", "a format such as mjpeg or yuyv"),
  ])
  func otherValuesAreRefused(option: String, value: String, expected: String) {
    #expect(throws: UsageError.badValue(option: option, value: value, expected: expected)) {
      try command("--\(option)", value)
    }
  }

  @Test func recordsOnStandardOutputTurnTheScreenOff() throws {
    #expect(try command("--json", "-").hasScreen == false)
    #expect(try command("--json", "a.jsonl").hasScreen)
  }

  @Test(arguments: [["--json", "--csv"], ["--save-file", "--json"], ["--csv", "--save-file"]])
  func outputsHaveNamesOfTheirOwn(options: [String]) {
    #expect(throws: UsageError.self) { try command(options[0], "-", options[1], "-") }
  }

  @Test func realtimeNeedsAFile() {
    #expect(throws: InputError.onlyWithInput(option: "realtime")) { try command("--realtime") }
    #expect(throws: UsageError.conflict("input", with: "device")) {
      try command("--input", "a", "--device", "0")
    }
  }

  @Test(arguments: commands.map { $0.description })
  func aCommandHasEachOptionOnceWithHelp(command: CommandDescription) {
    #expect(Set(command.options.map(\.name)).count == command.options.count)
    for option in command.options {
      #expect(!option.help.isEmpty && option.name == option.name.lowercased(), "\(option)")
      #expect(helpText(for: command).contains("--" + option.name))
    }
  }

  @Test(arguments: [
    ("max-faces", "4"), ("reconnect", "30"), ("smoothing", "0.3"), ("threads", "all"),
    ("json", nil), ("loop", nil),
  ])
  func theHelpNamesTheDefaultThatIsInForce(option: String, standard: String?) {
    let row = LiveOptions.description.options.first { $0.name == option }
    #expect(row?.standard == standard)
    #expect(row?.helpWithDefault.contains("(default") == (standard != nil))
  }

  @Test func commandsWithoutOperandsRefuseThem() {
    for command in commands where command.operands.isEmpty {
      #expect(throws: UsageError.unwantedOperand("word", command: command.name)) {
        _ = try command.init(Arguments(operands: ["word"]))
      }
    }
  }
}
