import Imaging
import Testing

@Suite struct GeometryTests {
  @Test(arguments: [0, 0.3, -1.2, 3.1] as [Float], [0.2, 1, 4] as [Float])
  func fittingFindsTheTransform(rotation: Float, scale: Float) throws {
    let truth = SimilarityTransform(
      moving: Point(30, 40), to: Point(56, 62), rotation: rotation, scale: scale)
    let source = [Point(0, 0), Point(50, 3), Point(20, 70), Point(-9, 33)]
    let fitted = try #require(SimilarityTransform(mapping: source, to: source.map { truth($0) }))
    #expect(abs(fitted.scale - scale) < 1e-4 * scale)
    for point in source {
      let error = fitted(point) - truth(point)
      #expect(max(abs(error.x), abs(error.y)) < 1e-2)
    }
    let inverse = try #require(truth.inverse)
    let back = inverse(truth(Point(12, 34))) - Point(12, 34)
    #expect(max(abs(back.x), abs(back.y)) < 1e-3)
  }

  @Test func oneRepeatedPointHasNoTransform() {
    let point = Point(3, 4)
    #expect(SimilarityTransform(mapping: [point, point], to: [point, point]) == nil)
    #expect(SimilarityTransform(mapping: [point], to: [point]) == nil)
  }

  @Test(arguments: [
    (Rect(x: 0, y: 0, width: 10, height: 10), Float(1)),
    (Rect(x: 5, y: 0, width: 10, height: 10), Float(50.0 / 150.0)),
    (Rect(x: 10, y: 0, width: 10, height: 10), Float(0)),
  ])
  func overlap(other: Rect, expected: Float) {
    let overlap = Rect(x: 0, y: 0, width: 10, height: 10).overlap(with: other)
    #expect(abs(overlap - expected) < 1e-6)
  }
}
