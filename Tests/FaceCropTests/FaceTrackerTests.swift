import Imaging
import Testing

@testable import FaceCrop

/// The tracker with a network that finds one face, always in the same place of the picture.
@Suite struct FaceTrackerTests {
  @Test("What the network knows to be no face is not followed", arguments: [true, false])
  func newFace(showsFace: Bool) async {
    let faces = Self.tracker().track(Self.picture, time: 0) { crop, _ in
      Measured(crop, showsFace: showsFace)
    }
    #expect(faces.map(\.id) == (showsFace ? [1] : []))
  }

  @Test("A new face is one in both crops that prove it; a followed face needs one of them")
  func momentarilyUnreadable() async {
    let tracker = Self.tracker()
    /// A crop that lies where the face asks for it; the other of a proof lies beside it.
    func unreadableInPlace(_ crop: AlignedCrop, _: Int) -> Measured {
      Measured(crop, showsFace: crop.frameToCrop(Self.corner).x > 1)
    }
    #expect(tracker.track(Self.picture, time: 0, measure: unreadableInPlace).isEmpty)

    let found = tracker.track(Self.picture, time: 10) { crop, _ in
      Measured(crop, showsFace: true)
    }
    #expect(found.count == 1)
    for frame in 1...60 {
      let time = 10 + Double(frame) / 30
      let faces = tracker.track(Self.picture, time: time, measure: unreadableInPlace)
      #expect(faces.map(\.id) == found.map(\.id), "frame \(frame)")
    }

    var last = 0
    for frame in 61...120 {
      let time = 10 + Double(frame) / 30
      let faces = tracker.track(Self.picture, time: time) { crop, _ in
        Measured(crop, showsFace: false)
      }
      if !faces.isEmpty { last = frame }
    }
    #expect(last < 61 + 15, "lost at the next proof, within half a second")
  }

  /// Where the face's crop has its top left corner, px of the picture.
  private static let corner = Point(100, 60)
  private static let picture = Image.noise(width: 320, height: 240, seed: 1)

  private static func tracker() -> FaceTracker {
    FaceTracker(detector: OneGuess(box: Rect(x: 105, y: 70, width: 100, height: 100)))
  }

  private struct OneGuess: FaceDetector {
    var box: Rect
    let looks = 1
    func detect(in image: Image, look: Int) -> [Detection] { [Detection(box: box, score: 1)] }
  }

  private struct Measured: FaceMeasurement {
    let landmarks: [Point]
    let showsFace: Bool

    init(_ crop: AlignedCrop, showsFace: Bool) {
      var points = [Point](repeating: Point(56, 60), count: 68)
      for k in 36..<42 { points[k] = FaceTemplate.points[0] }
      for k in 42..<48 { points[k] = FaceTemplate.points[1] }
      for (k, point) in zip([30, 48, 54], FaceTemplate.points[2...]) { points[k] = point }
      landmarks = points.map {
        crop.frameToCrop($0 + FaceTrackerTests.corner) / Float(AlignedCrop.side)
      }
      self.showsFace = showsFace
    }
  }
}
