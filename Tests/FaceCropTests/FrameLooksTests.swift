import Imaging
import Testing

@testable import FaceCrop

@Suite struct FrameLooksTests {
  /// Sees one face in each look that has a score, upright in that look.
  private final class ScriptedDetector: FaceDetector, @unchecked Sendable {
    let scores: [Look: Float]

    init(_ scores: [Look: Float]) { self.scores = scores }

    func detect(in image: Image, look: Look, into found: inout [Detection]) {
      guard let score = scores[look],
        let rotation = look.geometry(width: image.width, height: image.height)?.rotation
      else { return }
      let cropToFrame = SimilarityTransform(
        moving: Point(56, 60), to: Point(160, 120), rotation: rotation, scale: 0.5)
      let points = FaceTemplate.points.map { cropToFrame($0) }
      found.append(
        Detection(
          box: Rect(x: 130, y: 90, width: 60, height: 60), score: score,
          points: FacePoints(
            leftEye: points[0], rightEye: points[1], nose: points[2], leftMouth: points[3],
            rightMouth: points[4]), lookRotation: rotation))
    }
  }

  private static let upsideDown = Look.turned(eighths: 4)

  /// A finer look scores higher than a coarse one whichever way the face is up, so turned looks, which
  /// are coarse, are held against the quick one.
  @Test(
    arguments: [
      [Look.quick: 0.87, .fine: 0.9, upsideDown: 0.92],
      [.quick: 0.88, .fine: 0.94, upsideDown: 0.92],
      [.fine: 0.8, upsideDown: 0.92],
    ] as [[Look: Float]],
    [[.quick, .fine, upsideDown], [upsideDown, .quick, .fine], [.quick, upsideDown, .fine]]
      as [[Look]])
  func looksOfOneSizeSayWhichWayIsUp(scores: [Look: Float], order: [Look]) {
    #expect(rotation(scores, order) == .pi)
  }

  @Test(
    arguments: [
      [.quick: 0.9, .fine: 0.85, upsideDown: 0.92], [.quick: 0.92, .fine: 0.94, upsideDown: 0.8],
      [.fine: 0.9, upsideDown: 0.92],
    ] as [[Look: Float]],
    [[.quick, .fine, upsideDown], [.quick, upsideDown, .fine]] as [[Look]])
  func uprightIsTheRule(scores: [Look: Float], order: [Look]) {
    #expect(rotation(scores, order) == 0)
  }

  /// Between two looks that are both turned nothing speaks for the one that is turned less.
  @Test(arguments: [[1, 2], [2, 1]])
  func theNeighbourThatScoresHigherWins(order: [Int]) {
    let looks = order.map { Look.turned(eighths: $0) }
    let scores: [Look: Float] = [.turned(eighths: 1): 0.9, .turned(eighths: 2): 0.91]
    #expect(rotation(scores, looks) == .pi / 2)
  }

  private func rotation(_ scores: [Look: Float], _ order: [Look]) -> Float? {
    var looks = FrameLooks(ScriptedDetector(scores), Image(width: 320, height: 240))
    for look in order { looks.take(look) }
    #expect(looks.detections.count == 1)
    return looks.detections.first?.lookRotation
  }
}
