import Testing

@testable import Screen

@Suite struct ScreenLayoutTests {
  static let sizes = [80, 81, 95, 100, 115, 116, 117, 120, 160, 200, 333, 500].flatMap { columns in
    [24, 25, 30, 37, 38, 39, 40, 48, 50, 60, 75, 100, 200].map { (columns, $0) }
  }

  @Test(arguments: sizes)
  func everyViewHasItsOwnCells(columns: Int, rows: Int) throws {
    for aspect in [nil, 4.0 / 3, 16.0 / 9, 9.0 / 16, 40, 0.02] as [Float?] {
      let layout = try #require(
        ScreenLayout(columns: columns, rows: rows, pictureAspect: aspect))
      let areas =
        [
          layout.status, layout.legend, layout.expressions, layout.valenceArousal,
          layout.actionUnits, layout.plane, layout.history,
        ] + (layout.preview.map { [$0] } ?? [])
      #expect((layout.preview != nil) == (aspect != nil))
      for area in areas {
        #expect(area.column >= 0 && area.column + area.columns <= columns, "\(area)")
        #expect(area.row >= 0 && area.row + area.rows <= rows, "\(area)")
        #expect(area.columns > 0 && area.rows > 0, "\(area)")
      }
      for (index, first) in areas.enumerated() {
        for second in areas[(index + 1)...] {
          let isApart =
            first.column + first.columns <= second.column
            || second.column + second.columns <= first.column
            || first.row + first.rows <= second.row || second.row + second.rows <= first.row
          #expect(isApart, "\(first) and \(second) at \(columns)x\(rows), aspect \(aspect ?? 0)")
        }
      }
      #expect(layout.expressions.rows >= 9 && layout.actionUnits.rows >= 13)
      #expect(layout.actionUnits.columns >= 46 && layout.expressions.columns >= 30)
      #expect(layout.plane.columns >= 9 && layout.plane.rows >= 8)
      #expect(layout.history.columns >= 12 && layout.history.rows >= 8)
    }
  }

  @Test(arguments: [(1, 1), (79, 24), (80, 23), (0, 0), (500, 1), (1, 200)])
  func nothingBelowTheMinimum(columns: Int, rows: Int) {
    #expect(ScreenLayout(columns: columns, rows: rows, pictureAspect: nil) == nil)
  }
}
