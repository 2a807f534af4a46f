import Foundation
import Imaging
import Testing

@testable import FaceCrop

@Suite(.enabled(if: Clip.canBeRead)) struct DetectorProbe {
  @Test func probe() throws {
    let detector = try HaarCascadeDetector()
    for (name, w, h, fps) in clips {
      var hit = 0
      var total = 0
      var boxes = 0
      var best = Duration.seconds(9)
      for (k, image) in try Clip(
        Shared.folder.appending(path: "clips/\(name).mp4"), width: w, height: h,
        framesPerSecond: fps
      ).enumerated() where k % 4 == 3 {
        var found: [Detection] = []
        best = min(best, ContinuousClock().measure { found = detector.detect(in: image) })
        total += 1
        boxes += found.count
        hit += found.isEmpty ? 0 : 1
        if total == 1 { print(found) }
      }
      print(name, total, Float(hit) / Float(total), Float(boxes) / Float(total), best)
    }
  }
}

let clips = [
  ("01_sad_to_laugh_woman", 640, 360, 23.976), ("02_neutral_to_smile_man", 640, 360, 30),
  ("03_face_then_none", 640, 360, 30), ("08_two_faces_headpose", 480, 270, 12),
  ("10_headpose_woman", 480, 270, 12), ("11_smile_man", 480, 270, 12),
  ("12_grid_bbaf2n", 360, 288, 25), ("14_lp_d18", 480, 480, 30),
]
