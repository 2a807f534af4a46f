import Testing

@testable import Theme

@Suite struct ColorChoiceTests {
  @Test(
    arguments: [
      ("#5fafff", .exact(0x5fafff)), ("#FF0000", .exact(0xff0000)), ("red", .basic(1)),
      ("Cyan", .basic(6)), ("reed", nil), ("#12345", nil), ("#12345g", nil), ("5fafff", nil),
      ("", nil),
    ] as [(String, ColorChoice?)])
  func wordsBecomeColours(word: String, choice: ColorChoice?) {
    #expect(ColorChoice(word) == choice)
  }

  /// Both on terminals of eight colours and on those of many, and in pictures.
  @Test func aChosenColourHoldsInEveryMedium() {
    let exact = ColorChoice.exact(0xff8000).row
    #expect(exact.terminal == 0xff8000 && exact.basic == 3 && exact.dark == 0xff8000)
    let basic = ColorChoice.basic(2).row
    #expect(basic.terminal == nil && basic.basic == 2 && basic.light == 0x00cd00)
  }

  @Test func namesAreThoseOfSettings() {
    let names = Ink.named.map(\.name)
    #expect(Set(names).count == names.count && names.allSatisfy { $0 == $0.lowercased() })
  }
}
