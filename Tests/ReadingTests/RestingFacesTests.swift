import Imaging
import Inference
import TestSupport
import Testing

@testable import Reading

@Suite struct RestingFacesTests {
  private let kept = RestingFace(Sample.emotion(phase: 2))!

  private func rests(_ resting: RestingFaces, _ ids: [Int]) -> [RestingFace?] {
    var faces = ids.map {
      Sample.face(id: $0, box: Rect(x: 0, y: 0, width: 10, height: 10))
    }
    resting.apply(to: &faces)
    return faces.map(\.rest)
  }

  @Test func aKeptFaceServesWhoeverLeads() {
    let resting = RestingFaces(kept: kept)
    #expect(rests(resting, [4, 2]) == [kept, nil])
    #expect(rests(resting, [2, 4]) == [kept, nil])
    #expect(rests(RestingFaces(), [1]) == [nil])
  }

  @Test func aFacesOwnComesBeforeTheKeptOneAndMayBeNone() {
    let resting = RestingFaces(kept: kept)
    let own = RestingFace(Sample.emotion(phase: 1))!
    resting.set(own, for: 2)
    #expect(rests(resting, [2, 3]) == [own, nil])
    #expect(rests(resting, [3, 2]) == [kept, own])
    resting.set(nil, for: 2)
    #expect(rests(resting, [2, 3]) == [nil, nil])
  }

  @Test func picturesShowWhatIsRelative() {
    var face = Sample.face(id: 1, box: Rect(x: 0, y: 0, width: 10, height: 10))
    #expect(face.shown == face.emotion && face.relative == nil)
    face.rest = kept
    let relative = face.emotion.relative(to: kept)
    #expect(face.shown.expression.probabilities == relative.expression)
    #expect(face.shown.expression.label == relative.label)
    #expect(face.shown.valence.value == relative.valence)
  }

  @Test func textIsReadBackAsItWas() throws {
    let lines = kept.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 22 && lines[1].hasPrefix("Neutral "))
    #expect(RestingFace(lines: lines) == kept)
  }

  @Test func damagedTextIsRefused() {
    let lines = kept.text.split(separator: "\n").map(String.init)
    for line in lines.indices {
      for damage in ["", "AU99 0.5", "x", lines[line] + " 1", "Neutral nan"] {
        var other = lines
        other[line] = damage
        #expect(RestingFace(lines: other) == nil, "line \(line): \(damage)")
      }
      #expect(RestingFace(lines: Array(lines.prefix(line))) == nil)
    }
  }
}
