import Testing

@testable import Screen

@Suite struct ScreenLayoutTests {
  static let sizes = [
    40, 41, 53, 59, 60, 71, 72, 79, 80, 81, 95, 100, 115, 116, 117, 120, 160, 200, 333, 500,
  ].flatMap { columns in
    [10, 11, 12, 15, 16, 19, 20, 23, 24, 25, 30, 37, 38, 39, 40, 48, 50, 60, 75, 100, 200].map {
      (columns, $0)
    }
  }

  @Test(arguments: sizes)
  func everyViewHasItsOwnCells(columns: Int, rows: Int) throws {
    for aspect in [nil, 4.0 / 3, 16.0 / 9, 9.0 / 16, 40, 0.02] as [Float?] {
      let layout = try #require(
        ScreenLayout(columns: columns, rows: rows, pictureAspect: aspect))
      let areas =
        [
          layout.status, layout.legend, layout.expressions, layout.valenceArousal,
          layout.actionUnits, layout.plane, layout.history, layout.preview, layout.winner,
        ].compactMap { $0 }
      if columns >= 72, rows >= 20 {
        #expect((layout.preview != nil) == (aspect != nil))
        #expect(layout.expressions != nil && layout.actionUnits != nil && layout.plane != nil)
      }
      #expect((layout.winner == nil) == (layout.expressions != nil))
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
      if let area = layout.expressions { #expect(area.rows >= 9 && area.columns >= 27) }
      if let area = layout.actionUnits { #expect(area.rows >= 13 && area.columns >= 38) }
      if let area = layout.plane { #expect(area.columns >= 9 && area.rows >= 4) }
      #expect(layout.history.columns >= 12 && layout.history.rows >= 4)
      if columns >= 80, rows >= 24 { #expect(layout.history.rows >= 8) }
    }
  }

  @Test(arguments: [(1, 1), (39, 10), (40, 9), (0, 0), (500, 1), (1, 200)])
  func nothingBelowTheMinimum(columns: Int, rows: Int) {
    #expect(ScreenLayout(columns: columns, rows: rows, pictureAspect: nil) == nil)
  }
}
