import Capture
import Foundation
import Imaging
import Inference
import Reading
import Testing

@testable import FaceCrop

@Suite struct ProofTests {
  private static let good = Evidence(
    score: 0.9, disagreement: 2, nonFace: 0.3, size: 100, contrast: 50)

  @Test func whatSpeaksForAFaceRaisesItsQuality() {
    let quality = Proof.quality(Self.good)
    #expect(quality > 0.8)
    var worse = Self.good
    worse.score = 0.4
    #expect(Proof.quality(worse) < quality)
    worse = Self.good
    worse.disagreement = 25
    #expect(Proof.quality(worse) < quality)
    worse = Self.good
    worse.nonFace = 3
    #expect(Proof.quality(worse) < quality)
  }

  @Test func anyEvidenceHasAQuality() {
    for value in [0, 1e-30, 1, 1e6, .infinity] as [Float] {
      let quality = Proof.quality(
        Evidence(
          score: min(value, 1), disagreement: value, nonFace: value, size: value, contrast: value))
      #expect((0...1).contains(quality))
    }
  }

  private static let folder = ProcessInfo.processInfo.environment["EMENET_PROOF"]

  /// Not a test: for the pictures in the folder EMENET_PROOF, writes the data that
  /// `Training/proof.py` fits to evidence.csv in that folder.
  @Test(.enabled(if: folder != nil, "EMENET_PROOF names a folder of pictures"))
  func collectEvidence() throws {
    let folder = URL(filePath: try #require(Self.folder))
    let members = try (0..<5).map { try Checkpoint.read("checkpoints/emenet-v-\($0).safetensors") }
    let ensembles = try [1, 5].map {
      try Ensemble(members: Array(members.prefix($0)), temporal: .reset)
    }
    let detector = try YuNetDetector(Checkpoint.read(YuNetTests.checkpoint))
    var rows = [
      "picture,members,x,y,width,height,turn," + Evidence.featureNames.joined(separator: ",")
    ]
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    for name in names {
      guard let image = try? PictureFile.read(folder.appending(path: name).path) else { continue }
      for ensemble in ensembles {
        let tracker = FaceTracker(detector: detector, maxFaces: 1000)
        tracker.observe = { detection, evidence in
          let box = detection.box
          let numbers =
            [box.x, box.y, box.width, box.height, detection.lookRotation] + evidence.features
          rows.append(
            "\(name),\(ensemble.count)," + numbers.map { "\($0)" }.joined(separator: ","))
        }
        _ = tracker.track(image, time: 0) { crop, _ in ensemble.estimate(crop.pixels) }
      }
    }
    try rows.joined(separator: "\n").write(
      to: folder.appending(path: "evidence.csv"), atomically: true, encoding: .utf8)
  }
}
