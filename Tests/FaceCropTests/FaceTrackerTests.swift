import Imaging
import Testing

@testable import FaceCrop

/// The tracker with a scripted detector and network.
@Suite struct FaceTrackerTests {
  @Test(
    "What the network claims to be no face weighs against a face, more than one it has no doubt of")
  func theClaimCounts() async throws {
    var qualities: [Float] = []
    for claim in [0, 1, 3] as [Float] {
      let scene = Scene(faces: [1: Point(160, 120)])
      let faces = scene.tracker().track(Self.picture, time: 0) { crop, _ in
        scene.measure(crop, nonFace: claim)
      }
      qualities.append(faces.first?.legibility.quality ?? 0)
    }
    #expect(qualities[0] > 0.5)
    #expect(qualities[0] >= qualities[1] && qualities[1] >= qualities[2])
  }

  @Test("What the network says of a cover lowers the quality and is named")
  func coversCount() async throws {
    let scene = Scene(faces: [1: Point(160, 120)])
    let faces = try ([nil, -4, 0, 3] as [Float?]).map { cover in
      try #require(
        scene.tracker().track(Self.picture, time: 0) { crop, _ in
          scene.measure(crop, cover: cover)
        }.first
      ).legibility
    }
    #expect(faces[0].obstacle != .covered && faces[1].obstacle != .covered)
    #expect(faces[1].quality > 1.3 * faces[2].quality && faces[2].quality > 3 * faces[3].quality)
    #expect(faces[3].obstacle == .covered)
  }

  @Test("A head seen from the side is turned away, not covered, between looks as well")
  func profilesAreNotCovered() throws {
    let scene = Scene(faces: [1: Point(160, 120)])
    for (nose, isTurned) in [(0, false), (0.35, false), (0.7, true), (-0.7, true)] as [(Float, _)] {
      let tracker = scene.tracker()
      func face(in frame: Int) throws -> TrackedFace<Measured> {
        try #require(
          tracker.track(Self.picture, time: Double(frame) / 30) { crop, _ in
            scene.measure(crop, cover: 4)
          }.first)
      }
      scene.nose = nose
      for frame in 0..<6 {
        let face = try face(in: frame)
        #expect(face.isTurnedAway == isTurned)
        #expect(face.legibility.obstacle == (isTurned ? .turnedAway : .covered))
      }
      scene.nose = 0
      #expect(try (6..<20).map { try face(in: $0).isTurnedAway }.last == false)
    }
  }

  @Test("Landmarks that lie elsewhere than the detector's points are not believed")
  func landmarksMustAgree() async {
    let scene = Scene(faces: [1: Point(160, 120)])
    let upsideDown = scene.tracker().track(Self.picture, time: 0) { crop, _ in
      scene.measure(crop, turned: .pi)
    }
    for face in upsideDown { #expect(face.legibility.quality < 0.9) }
    let upright = scene.tracker().track(Self.picture, time: 0) { crop, _ in
      scene.measure(crop)
    }
    #expect(upright.count == 1)
    #expect(upright[0].legibility.quality > (upsideDown.first?.legibility.quality ?? 0))
  }

  @Test("A face that only a turned look sees needs no higher score than others")
  func turnedFaces() {
    let scene = Scene(faces: [1: Point(160, 120)])
    (scene.roll, scene.onlyLook, scene.score) = (-.pi / 4, .turned(eighths: 7), 0.74)
    let faces = scene.tracker().track(Self.picture, time: 0) { crop, _ in scene.measure(crop) }
    #expect(faces.count == 1)
  }

  @Test("Two people who pass each other keep their numbers")
  func crossing() async {
    let scene = Scene(faces: [1: Point(60, 100), 2: Point(260, 140)])
    let tracker = scene.tracker()
    var ids: [[Int]] = []
    for frame in 0...50 {
      let way = Float(frame) * 4
      scene.faces = [1: Point(60 + way, 100), 2: Point(260 - way, 140)]
      let faces = tracker.track(Self.picture, time: Double(frame) / 30) { crop, _ in
        scene.measure(crop)
      }
      ids.append(faces.sorted { $0.box.center.y < $1.box.center.y }.map(\.id))
    }
    #expect(ids.allSatisfy { $0 == ids[0] }, "\(ids)")
  }

  @Test(
    "A face hidden for up to two seconds keeps its number, and has no box meanwhile",
    arguments: [0.2, 1, 1.8])
  func hidden(seconds: Double) async {
    let scene = Scene(faces: [1: Point(160, 120)])
    let tracker = scene.tracker()
    var last: [Int] = []
    for frame in 0..<120 {
      let time = Double(frame) / 30
      scene.faces = 1...(1 + seconds) ~= time ? [:] : [1: Point(160, 120)]
      last = tracker.track(Self.picture, time: time) { crop, _ in scene.measure(crop) }
        .map(\.id)
      if (1.2...(1 + seconds)).contains(time) { #expect(last.isEmpty, "at \(time) s") }
    }
    #expect(last == [1])
  }

  @Test func theLargestFacesAreFollowed() async {
    let scene = Scene(faces: [1: Point(60, 120), 2: Point(160, 120), 3: Point(260, 120)])
    let faces = scene.tracker(maxFaces: 2).track(Self.picture, time: 0) { crop, _ in
      scene.measure(crop)
    }
    #expect(faces.count == 2)
  }

  private static let picture = Image.noise(width: 320, height: 240, seed: 1)

  /// Faces whose crops are 60 px wide, by name.
  private final class Scene: FaceDetector, @unchecked Sendable {
    var faces: [Int: Point]
    /// How far to the right of the middle of the eyes the detector sees the nose, as a share of
    /// their distance.
    var nose: Float = 0
    /// Of all faces, in radians
    var roll: Float = 0
    var score: Float = 0.9
    /// The only look that sees them; nil for those of the upright picture
    var onlyLook: Look?

    init(faces: [Int: Point]) { self.faces = faces }

    func tracker(maxFaces: Int = 4) -> FaceTracker {
      FaceTracker(detector: self, maxFaces: maxFaces)
    }

    private static let scale: Float = 112 / 60

    func frameToCrop(_ center: Point) -> SimilarityTransform {
      SimilarityTransform(
        moving: center, to: Point(56, 56), rotation: -roll, scale: Self.scale)
    }

    func detect(in image: Image, look: Look, into found: inout [Detection]) {
      guard onlyLook.map({ look == $0 }) ?? (look == .quick || look == .fine) else { return }
      for center in faces.values {
        let cropToFrame = frameToCrop(center).inverse!
        var points = FaceTemplate.points.map { cropToFrame($0) }
        points[2].x += nose * (points[1].x - points[0].x)
        found.append(
          Detection(
            box: Rect(x: center.x - 20, y: center.y - 25, width: 40, height: 50), score: score,
            points: FacePoints(
              leftEye: points[0], rightEye: points[1], nose: points[2], leftMouth: points[3],
              rightMouth: points[4]),
            lookRotation: onlyLook == nil ? 0 : roll))
      }
    }

    /// Landmarks of the face nearest to the crop.
    func measure(
      _ crop: AlignedCrop, nonFace: Float = 0, cover: Float? = nil, turned: Float = 0
    ) -> Measured {
      let middle = crop.frameToCrop.inverse!(Point(56, 56))
      let center = faces.values.min { length($0 - middle) < length($1 - middle) } ?? middle
      let turn = SimilarityTransform(
        moving: Point(56, 60), to: Point(56, 60), rotation: turned, scale: 1)
      let cropToFrame = frameToCrop(center).inverse!
      var points = [Point](repeating: Point(56, 60), count: 68)
      for k in 0..<17 {
        points[k] = Point(20 + 4.5 * Float(k), 60 + 0.6 * Float(min(k, 16 - k)) * 6)
      }
      for k in 36..<42 { points[k] = FaceTemplate.points[0] }
      for k in 42..<48 { points[k] = FaceTemplate.points[1] }
      for (k, point) in zip([30, 48, 54], FaceTemplate.points[2...]) { points[k] = point }
      return Measured(
        landmarks: points.map {
          crop.frameToCrop(cropToFrame(turn($0))) / Float(AlignedCrop.side)
        }, nonFace: nonFace, cover: cover)
    }
  }

  private struct Measured: FaceMeasurement {
    let landmarks: [Point]
    let nonFace: Float
    let cover: Float?
  }
}
