import Foundation
import Imaging
import Inference
import Reading
import Testing

@testable import FaceCrop

/// The tracker with the real network on real video.
@Suite(
  .enabled(
    if: Clip.canBeRead, "../shared or ffmpeg is absent"),
  .serialized)
struct ClipTests {
  /// Frames with a face, by eye, and of how many persons.
  static let truth: [(String, faces: Range<Int>, frames: Int, persons: Int)] = [
    ("01_sad_to_laugh_woman", 0..<472, 472, 1), ("02_neutral_to_smile_man", 0..<72, 72, 1),
    ("03_face_then_none", 0..<72, 192, 1), ("08_two_faces_headpose", 0..<56, 56, 2),
    ("10_headpose_woman", 0..<23, 23, 1), ("11_smile_man", 0..<62, 62, 1),
    ("12_grid_bbaf2n", 0..<75, 75, 1), ("14_lp_d18", 0..<216, 216, 1),
  ]

  @Test(arguments: truth)
  func oneNumberForOnePerson(
    name: String, faces: Range<Int>, frames: Int, persons: Int
  ) async throws {
    let (_, width, height, rate) = try #require(clips.first { $0.0 == name })
    let weights = Shared.folder.appending(path: "weights/emenet-v-baseline-0.safetensors").path
    let ensemble = try Ensemble(members: [Checkpoint.read(weights)], temporal: .reset)
    let tracker = FaceTracker(
      detector: try YuNetDetector(Checkpoint.read(YuNetTests.checkpoint)))
    var measured = 0
    var frame = 0
    var seen: [Int: [Int]] = [:]
    var residuals: [Float] = []
    var rolls: [Int: Float] = [:]
    for image in try Clip(
      Shared.folder.appending(path: "clips/\(name).mp4"), width: width, height: height,
      framesPerSecond: rate)
    {
      let found = tracker.track(image, time: Double(frame) / rate) { crop, _ in
        measured += 1
        return ensemble.estimate(crop.pixels)
      }
      for face in found {
        seen[face.id, default: []].append(frame)
        residuals += [try #require(Alignment(face.measurement.landmarks, in: face.crop)).residual]
        #expect((0...1).contains(face.quality))
        if let last = rolls.updateValue(face.head.roll, forKey: face.id) {
          // A head does not turn so far from frame to frame: one that is tilted stays tilted.
          #expect(abs(face.head.roll - last) < 25, "frame \(frame): from \(last)")
        }
      }
      frame += 1
    }
    residuals.sort()
    print(
      "\(name): faces \(seen.mapValues(\.count)) in \(frame) frames, \(measured) passes,"
        + " residual median \(residuals[residuals.count / 2]) px")
    #expect(frame == frames)
    #expect(seen.keys.sorted() == Array(1...persons))
    for places in seen.values {
      #expect(places.count(where: faces.contains) * 100 >= faces.count * 98)
    }
    #expect(measured < 2 * persons * frames)
    if name == "03_face_then_none" {
      #expect(seen[1]?.count { !faces.contains($0) } == 0, "a face where there is none")
    }
  }
}
