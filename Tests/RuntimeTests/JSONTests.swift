import Foundation
import Testing

@testable import Runtime

@Suite struct JSONTests {
  @Test(
    arguments: [
      (.null, "null"), (.flag(true), "true"), (.integer(-7), "-7"), (.number(0.1), "0.1"),
      (.number(1.0 / 3), "0.333333333"), (.number(2), "2.0"), (.number(.nan), "null"),
      (.number(-.infinity), "null"), (.text("a\"b\\c\n\u{1}"), #""a\"b\\c\n\u0001""#),
      (.text("möwe 🙂"), "\"möwe 🙂\""), (.list([]), "[]"), (.object([]), "{}"),
      (
        .object([("b", .integer(1)), ("a", .list([.text("x"), .null]))]), #"{"b":1,"a":["x",null]}"#
      ),
    ] as [(JSON, String)])
  func writesValues(value: JSON, text: String) throws {
    #expect(value.text == text)
    #expect(throws: Never.self) {
      try JSONSerialization.jsonObject(
        with: Data(value.indentedText.utf8), options: .fragmentsAllowed)
    }
  }

  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (951_825_599.9996, "2000-02-29T12:00:00.000Z"),
      (1_795_082_400.0004, "2026-11-19T10:00:00.000Z"), (1e9 + 0.12, "2001-09-09T01:46:40.120Z"),
    ])
  func writesMoments(seconds: Double, text: String) {
    #expect(utcText(seconds) == text)
  }
}
