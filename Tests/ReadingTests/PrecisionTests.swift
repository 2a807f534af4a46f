import Capture
import Foundation
import Imaging
import Inference
import TestSupport
import Testing

/// How far bfloat16 moves readings from float: the limits that `--precision auto` keeps.
@Suite struct PrecisionTests {
  static let members = (0..<5).map { "checkpoints/emenet-v-\($0).safetensors" }
  /// The fastest set that has both.
  static let kernels = KernelSet.available.first { $0.supports(.bf16) }!

  /// Largest differences.
  struct Differences {
    var probability: Float = 0
    /// Of those that are at least 0.99 in float.
    var certain: Float = 0
    var uncertainty: Float = 0
    var value: Float = 0

    mutating func add(_ float: Emotion, _ short: Emotion) {
      for (one, other) in zip(Self.probabilities(float), Self.probabilities(short)) {
        probability = max(probability, abs(one - other))
        if one >= 0.99 { certain = max(certain, abs(one - other)) }
      }
      for (one, other) in zip(Self.uncertainties(float), Self.uncertainties(short)) {
        uncertainty = max(
          uncertainty, abs(one.aleatoric - other.aleatoric), abs(one.epistemic - other.epistemic))
      }
      value = max(
        value, abs(float.valence.value - short.valence.value),
        abs(float.arousal.value - short.arousal.value))
    }

    private static func probabilities(_ emotion: Emotion) -> [Float] {
      emotion.expression.probabilities + emotion.actionUnits.map(\.probability)
        + emotion.valence.probabilities + emotion.arousal.probabilities
    }

    private static func uncertainties(_ emotion: Emotion) -> [Uncertainty] {
      [emotion.expression.uncertainty, emotion.valence.uncertainty, emotion.arousal.uncertainty]
        + emotion.actionUnits.map(\.uncertainty)
    }
  }

  private func ensemble(_ precision: Precision, members: ArraySlice<String>) throws -> Ensemble {
    try Ensemble(
      members: members.map { try Checkpoint.read($0) }, temporal: .reset, kernels: Self.kernels,
      precision: precision)
  }

  private func expectLimits(_ found: Differences, _ what: String) {
    #expect(found.probability <= 0.01, "\(what)")
    #expect(found.certain <= 0.003, "\(what)")
    #expect(found.uncertainty <= 0.005, "\(what)")
    #expect(found.probability > 0, "two precisions that agree exactly are one")
    print("bfloat16, \(what): \(found)")
  }

  @Test func bfloat16KeepsItsLimitsOnPatterns() throws {
    let (float, short) = (
      try ensemble(.f32, members: Self.members[..<2]),
      try ensemble(.bf16, members: Self.members[..<2])
    )
    var found = Differences()
    for step in [7, 13, 31] {
      let crop = (0..<112 * 112 * 3).map { UInt8(truncatingIfNeeded: $0 / 3 * step / 29) }
      found.add(float.estimate(crop).emotion, short.estimate(crop).emotion)
    }
    expectLimits(found, "patterns")
  }

  /// One crop in a hundred of `../shared/faces`, or as many as `EMENET_CROPS` says.
  @Test(
    .enabled(
      if: Shared.isPresent && kernels == .fastest, "needs ../shared/faces and fast bfloat16"))
  func bfloat16KeepsItsLimitsOnFaces() throws {
    let (float, short) = (
      try ensemble(.f32, members: Self.members[...]),
      try ensemble(.bf16, members: Self.members[...])
    )
    let wanted = ProcessInfo.processInfo.environment["EMENET_CROPS"].flatMap(Int.init) ?? 400
    let step = 41_010 / wanted
    var found = Differences()
    var (index, count) = (0, 0)
    for part in 0..<4 {
      try Tar.files(in: Shared.path("faces/faces-0\(part).tar")) { bytes in
        index += 1
        guard index % step == 0 else { return }
        let picture = TemporaryFile(Array(bytes))
        let crop = try Self.center(of: PictureFile.read(picture.path))
        found.add(float.estimate(crop).emotion, short.estimate(crop).emotion)
        count += 1
      }
    }
    #expect(count >= wanted)
    expectLimits(found, "\(count) faces")
  }

  /// (112, 112, 3) from the middle of a picture of 152 x 152 px.
  private static func center(of image: Image) -> [UInt8] {
    (0..<112 * 112).flatMap { place in
      let pixel = image[20 + place % 112, 20 + place / 112]
      return [pixel.red, pixel.green, pixel.blue]
    }
  }
}

/// The regular files of a tar archive, in order.
private enum Tar {
  static func files(in path: String, _ body: (Data) throws -> Void) throws {
    let archive = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
    var place = 0
    while place + 512 <= archive.count, archive[place] != 0 {
      let digits = archive[place + 124..<place + 135].prefix { $0 >= 48 && $0 < 56 }
      let size = digits.reduce(0) { $0 * 8 + Int($1 - 48) }
      let isFile = archive[place + 156] == 48 || archive[place + 156] == 0
      if isFile { try body(archive.subdata(in: place + 512..<place + 512 + size)) }
      place += 512 + (size + 511) / 512 * 512
    }
  }
}
