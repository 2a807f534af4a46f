import Foundation
import TestSupport
import Testing

@testable import Options

private struct Play: CommandOptions {
  var arguments = Arguments()
  var size: Int?
  var loop = false
  var names: [String] = []
  var input: String?
  var device: String?
  static let name = "play"
  static let summary = "Plays."
  static let operands = "[FILE]"
  static let exclusive: [Set<String>] = [["input", "device"]]
  static let operandOption: String? = "input"
  static let options: [Option<Self>] = [
    Option("size", .integer(in: 1...9), "size", \.size), Option("loop", "again", \.loop),
    Option("name", .text("NAME"), "may be repeated", \.names),
    Option("input", .file, "what", \.input), Option("device", .text("D"), "which", \.device),
  ]
}

private struct Stop: CommandOptions {
  var arguments = Arguments()
  var size: Int?
  static let name = "stop"
  static let summary = "Stops."
  static let options: [Option<Self>] = [Option("size", .integer(in: 1...99), "size", \.size)]
}

@Suite struct ConfigurationTests {
  private let commands: [any CommandOptions.Type] = [Play.self, Stop.self]

  private let keys = ConfigurationTable(
    names: ["keys", "key"], keys: [("quit", "q"), ("mark", "m")]
  ) { _, value in
    value.count == 1 ? nil : "one character"
  } conflict: { values in
    values["quit"] == values["mark"] && values["mark"] != nil ? ("mark", "free") : nil
  }

  @Test func tablesAreSectionsOfTheirOwn() throws {
    let read = try configuration("[keys]\nquit = \"x\"\n[play]\nsize = 3\n")
    #expect(read.settings(for: keys).mapValues(\.value) == ["quit": "x"])
    #expect(read.settings(for: Play.self).keys.sorted() == ["size"])
  }

  private func configuration(_ text: String) throws -> Configuration {
    let file = TemporaryFile(Array(text.utf8))
    return try Configuration(reading: file.path, for: commands, tables: [keys])
  }

  private func play(_ text: String, _ arguments: Arguments = Arguments()) throws -> Play {
    var arguments = arguments
    arguments.complete(from: try configuration(text), for: Play.self)
    return try Play(arguments)
  }

  @Test func sectionsWinOverTheTopAndTheCommandLineOverBoth() throws {
    let text = "size = 3\n[play]\nsize = 4\nloop = true\nname = [\"a\", \"b\"]\n"
    #expect(try play(text).size == 4 && play(text).loop && play(text).names == ["a", "b"])
    #expect(try play("size = 3\n").size == 3)
    let given = try play(text, Arguments(values: ["size": ["7"], "name": ["c"]]))
    #expect(given.size == 7 && given.names == ["c"] && given.loop)
    #expect(given.arguments.has("size") && !given.arguments.has("loop"))
    #expect(try !play("[play]\nloop = false\n").loop)
  }

  @Test func whatTheCommandLineExcludesIsLeftOut() throws {
    let text = "[play]\ndevice = \"0\"\n"
    #expect(try play(text).device == "0")
    #expect(try play(text, Arguments(values: ["input": ["x"]])).device == nil)
    #expect(try play(text, Arguments(operands: ["x"])).device == nil)
  }

  @Test func noFileSetsNothing() throws {
    #expect(try Configuration(reading: "/nonexistent/x.toml", for: commands).settings.isEmpty)
    #expect(try configuration("").settings.isEmpty)
  }

  @Test func row42_faultsNameTheirLineAndWhatWasMeant() throws {
    typealias Reason = Configuration.Problem.Reason
    let table: [(String, Int, Reason)] = [
      ("\n[play]\nsiz = 3\n", 3, .unknownKey("siz", section: "play", nearest: "size")),
      ("[stop]\nloop = true\n", 2, .unknownKey("loop", section: "stop", nearest: nil)),
      ("colour = 3\n", 1, .unknownKey("colour", section: "", nearest: nil)),
      ("[pla]\nsize = 3\n", 2, .unknownSection("pla", nearest: "play")),
      (
        "[play]\n\nsize = 12\n", 3,
        .badValue(key: "size", value: "12", expected: "a whole number from 1 to 9")
      ),
      // Of every command that it is for.
      (
        "size = 50\n", 1,
        .badValue(key: "size", value: "50", expected: "a whole number from 1 to 9")
      ),
      ("[keys]\nmarc = \"x\"\n", 2, .unknownKey("marc", section: "keys", nearest: "mark")),
      ("[keyss]\nmark = \"x\"\n", 2, .unknownSection("keyss", nearest: "keys")),
      (
        "[keys]\n\nmark = \"xy\"\n", 3,
        .badValue(key: "mark", value: "xy", expected: "one character")
      ),
      (
        "[keys]\nmark = \"x\"\nquit = \"x\"\n", 2,
        .badValue(key: "mark", value: "x", expected: "free")
      ),
      ("[play]\nloop = 3\n", 2, .badValue(key: "loop", value: "3", expected: "true or false")),
      (
        "[play]\nname = true\n", 2,
        .badValue(key: "name", value: "true", expected: "a value as on the command line")
      ),
    ]
    for (text, line, reason) in table {
      let problem = #expect(throws: Configuration.Problem.self) { _ = try configuration(text) }
      #expect(problem?.line == line && problem?.reason == reason, "\(text): \(problem as Any)")
    }
    let malformed = #expect(throws: Configuration.Problem.self) {
      _ = try configuration("[play]\nsize = \n")
    }
    #expect(malformed?.line == 2)
  }
}
