import Testing

@testable import Options

@Suite struct OptionParserTests {
  private let command = CommandDescription(
    name: "live", summary: "",
    options: [
      OptionDescription(name: "save-file", value: "FILE", help: ""),
      OptionDescription(name: "force", help: ""),
      OptionDescription(name: "output", short: "o", value: "FILE", help: ""),
    ])

  private let other = CommandDescription(
    name: "other", summary: "",
    options: [OptionDescription(name: "crops", value: "FILE", help: "")])

  @Test(
    arguments: [
      (["--save-file", "a.avi"], ["save-file": ["a.avi"]], []),
      (["--save_file", "a_b.avi"], ["save-file": ["a_b.avi"]], []),
      (["--save_file=a_b.avi", "--force"], ["save-file": ["a_b.avi"], "force": [""]], []),
      (["--output", "-"], ["output": ["-"]], []),
      (["-o", "x", "-o", "y"], ["output": ["x", "y"]], []),
      (["one", "--force", "two"], ["force": [""]], ["one", "two"]),
      (["--", "--force"], [:], ["--force"]),
      ([], [:], []),
    ] as [([String], [String: [String]], [String])])
  func parses(words: [String], values: [String: [String]], operands: [String]) throws {
    let arguments = try Arguments(parsing: words, of: command)
    #expect(arguments == Arguments(values: values, operands: operands))
  }

  @Test(
    arguments: [
      (["--sav-file", "x"], .unknownOption("--sav-file", command: "live", nearest: "save-file")),
      (["--quux"], .unknownOption("--quux", command: "live", nearest: nil)),
      (["--SAVE-FILE", "x"], .unknownOption("--SAVE-FILE", command: "live", nearest: "save-file")),
      (["--save", "x"], .unknownOption("--save", command: "live", nearest: "save-file")),
      (
        ["--crops", "x"],
        .unknownOption("--crops", command: "live", nearest: nil, elsewhere: ["other"])
      ),
      (["--save-file"], .missingValue(option: "save-file", command: "live")),
      (["--save-file", "--output", "x"], .missingValue(option: "save-file", command: "live")),
      (["--force=1"], .unwantedValue(option: "force", command: "live")),
    ] as [([String], UsageError)])
  func refuses(words: [String], error: UsageError) {
    #expect(throws: error) {
      try Arguments(parsing: words, of: command, among: [command, other])
    }
  }

  @Test(arguments: [
    ("0", true), ("7", true), ("8", false), ("-1", false), ("x", false), ("1.5", false),
  ])
  func integersStayInTheirRange(text: String, isValid: Bool) {
    #expect((OptionValue.integer(in: 0...7).parse(text) != nil) == isValid)
  }
}
