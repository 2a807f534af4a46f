import Capture
import FaceCrop
import Foundation
import Imaging
import Inference
import TestSupport
import Testing

@testable import Reading

/// How far bfloat16 moves what the face detector sees.
@Suite(
  .enabled(
    if: Shared.isPresent && KernelSet.fastest.supports(.bf16),
    "needs ../shared/clips and fast bfloat16"))
struct DetectorPrecisionTests {
  /// Differences between faces seen in both precisions, and faces that only one sees.
  struct Differences: CustomStringConvertible {
    var faces = 0
    var score: Float = 0
    /// Distances between the points, as shares of the box's longer side. The largest are those of
    /// faces that two neighbouring cells see equally well: either may win.
    var points: [Float] = []
    var lost: [String] = []

    func quantile(_ share: Float) -> Float {
      points.sorted()[Int(share * Float(points.count - 1))]
    }

    var description: String {
      "\(faces) faces, score \(score), points, median \(quantile(0.5)), of 95 in 100"
        + " \(quantile(0.95)), of all \(quantile(1)), lost \(lost)"
    }

    mutating func add(_ float: [Detection], _ short: [Detection], _ what: String) {
      for (some, others, name) in [(float, short, "bf16"), (short, float, "f32")] {
        for face in some where face.score > 0.6 {
          guard
            let other = others.max(by: {
              $0.box.overlap(with: face.box) < $1.box.overlap(with: face.box)
            }), other.box.overlap(with: face.box) > 0.5
          else {
            lost.append("\(what): none in \(name) for \(face.score) at \(face.box)")
            continue
          }
          faces += 1
          score = max(score, abs(face.score - other.score))
          let side = max(face.box.width, face.box.height)
          points += zip(face.points.all, other.points.all).map {
            hypot($0.x - $1.x, $0.y - $1.y) / side
          }
        }
      }
    }
  }

  private let float: any FaceDetector
  private let short: any FaceDetector

  init() throws { (float, short) = try (bundledDetector(), bundledDetector(.bf16)) }

  private func compare(_ image: Image, _ name: String, _ found: inout Differences) {
    for look in [Look.quick, .fine, .turned(eighths: 1), .turned(eighths: 2)] {
      found.add(
        float.detect(in: image, look: look), short.detect(in: image, look: look),
        "\(name), \(look)")
    }
  }

  private func expectLimits(_ found: Differences, _ what: String) throws {
    try #require(found.faces > 0)
    print("bfloat16, \(what): \(found)")
    #expect(found.lost.isEmpty)
    #expect(found.score > 0, "two precisions that agree exactly are one")
    #expect(found.score < 0.03 && found.quantile(0.95) < 0.02 && found.quantile(1) < 0.15)
  }

  @Test(arguments: ["clips/pictures", "clips/wider", "cases"])
  func theSameFacesInPictures(folder: String) throws {
    var found = Differences()
    for name in try FileManager.default.contentsOfDirectory(atPath: Shared.path(folder)).sorted()
    where name.hasSuffix("g") {
      compare(try PictureFile.read(Shared.path(folder + "/" + name)), name, &found)
    }
    try expectLimits(found, folder)
  }

  /// Every tenth frame, or as many as `EMENET_EVERY` says.
  @Test(arguments: ["clips", "clips/made"]) func theSameFacesInVideos(folder: String) async throws {
    let every = ProcessInfo.processInfo.environment["EMENET_EVERY"].flatMap(Int.init) ?? 10
    var found = Differences()
    for name in try FileManager.default.contentsOfDirectory(atPath: Shared.path(folder)).sorted()
    where name.hasSuffix(".mp4") {
      let source = VideoFile(path: Shared.path(folder + "/" + name), pacing: .everyFrame)
      try source.start()
      defer { source.stop() }
      while let frame = try await source.next() {
        guard frame.sequence % every == 0 else { continue }
        compare(frame.image, "\(name), \(frame.sequence)", &found)
      }
    }
    try expectLimits(found, folder)
  }
}
