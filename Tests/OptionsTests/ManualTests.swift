import Testing

@testable import Options

@Suite struct ManualTests {
  private let commands = [
    CommandDescription(
      name: "play", isDefault: true, summary: "Plays a file.", operands: "FILE…",
      options: [
        OptionDescription(
          name: "output-dir", short: "o", value: "DIR", help: ".start \\ of a line",
          standard: "out")
      ]),
    CommandDescription(name: "stop", summary: "Stops.", operands: "", options: []),
  ]

  @Test func aPageHasItsOptionsEscaped() {
    let page = Manual(version: "1.2", commands: commands).page(of: commands[0])
    #expect(page.hasPrefix(".TH EMENET\\-PLAY 1 \"\" \"emenet 1.2\" \"User Commands\"\n"))
    #expect(page.contains("\n.SH NAME\nemenet\\-play \\- Plays a file\n"))
    #expect(page.contains(".TP\n\\fB\\-o\\fR, \\fB\\-\\-output\\-dir\\fR \\fIDIR\\fR\n"))
    #expect(page.contains("\n\\&.start \\e of a line (default: out)\n"))
    #expect(page.contains("\\fB\\-\\-help\\fR"))
  }

  @Test func theProgramsPageNamesEveryCommand() {
    let page = Manual(version: "1.2", commands: commands).program
    for part in ["[keys]", "[colours]", "emenet config"] { #expect(page.contains(".B \(part)\n")) }
    for name in ["play", "stop"] { #expect(page.contains("\\fBemenet\\-\(name)\\fR(1)\n")) }
  }
}
