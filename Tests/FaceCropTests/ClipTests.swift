import Foundation
import Imaging
import Inference
import Testing

@testable import FaceCrop

extension EmotionEstimate: FaceMeasurement {}

@Suite(.enabled(if: Clip.canBeRead), .serialized) struct ClipTests {
  @Test(arguments: clips.map(\.0))
  func faces(name: String) async throws {
    let (_, w, h, fps) = try #require(clips.first { $0.0 == name })
    let weights = Shared.folder.appending(path: "weights/emenet-v-baseline-0.safetensors").path
    let ensemble = try Ensemble(members: [Checkpoint.read(weights)])
    let tracker = FaceTracker(detector: try HaarCascadeDetector())
    var measured = 0
    var withFace = 0
    var frames = 0
    var ids: [Int: Int] = [:]
    var lines = ""
    for (k, image) in try Clip(
      Shared.folder.appending(path: "clips/\(name).mp4"), width: w, height: h,
      framesPerSecond: fps
    ).enumerated() {
      let found = await tracker.track(image, time: Double(k) / fps) { crop, _ in
        measured += 1
        return await ensemble.estimate(crop.pixels)
      }
      frames += 1
      withFace += found.isEmpty ? 0 : 1
      for face in found {
        ids[face.id, default: 0] += 1
        let a = Alignment(face.measurement.landmarks, in: face.crop)!
        lines +=
          "\(k) \(face.id) \(a.residual) \(a.shift) "
          + face.landmarks.map { "\($0.x) \($0.y)" }.joined(separator: " ") + "\n"
      }
      for face in found {
        #expect(face.landmarks.allSatisfy { $0.x.isFinite && $0.y.isFinite })
      }
    }
    print(
      name, "\(withFace)/\(frames)", "ids", ids.sorted { $0.key < $1.key }, "measured", measured)
    if let folder = ProcessInfo.processInfo.environment["EMENET_TRACKS"] {
      try lines.write(toFile: "\(folder)/\(name).txt", atomically: true, encoding: .utf8)
    }
  }
}
