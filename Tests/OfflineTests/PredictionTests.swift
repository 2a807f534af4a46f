import Runtime
import Testing

@testable import Offline

@Suite struct PredictionTests {
  @Test(
    arguments: [
      ("a,b", ["a", "b"]), ("", [""]), ("a,,", ["a", "", ""]), (#""a,b",c"#, ["a,b", "c"]),
      (#""a ""b""",c"#, [#"a "b""#, "c"]),
    ])
  func readsCells(line: String, cells: [String]) {
    #expect(CSV.cells(of: line) == cells)
    #expect(CSV.cells(of: cells.map(CSV.cell).joined(separator: ",")) == cells)
  }

  @Test(
    arguments: [
      ("00012.jpg", 12), ("1.png", 1), ("00000.jpg", nil), ("a.jpg", nil), ("00012.txt", nil),
    ])
  func readsFrameNumbers(file: String, number: Int?) {
    #expect(Clip.number(file) == number)
  }
}
