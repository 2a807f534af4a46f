import Foundation
import Imaging
import Inference
import TestSupport
import Testing

@testable import Runtime
@testable import Screen
@testable import Theme

/// Compares the official checkpoints, run through the public commands, with the reference's own
/// numbers.
@Suite(.enabled(if: Shared.isPresent, "needs ../shared/parity")) struct ParityCommandTests {
  private static let checkpoints = [
    "parity/student_round_3_exp_0/net_epoch_4_student_round_3_exp_0.pth",
    "parity/student_round_3_exp_3/net_epoch_8_student_round_3_exp_3.pth",
  ].flatMap { ["--checkpoint", Shared.path($0)] }
  private static let frames = 8

  private let folder = ScratchFolder()
  private let expected: [String: Tensor]
  /// In a separate folder, named like the frames of a video.
  private let crops: [String]

  init() throws {
    expected = try Checkpoint.read(Shared.path("parity/expected.safetensors")).tensors
    let pixels = try #require(expected["frames_u8"]).values
    try FileManager.default.createDirectory(
      atPath: folder.path + "/videos/clip", withIntermediateDirectories: true)
    crops = (1...Self.frames).map { [folder] in folder.file("videos/clip/0000\($0).png") }
    for (frame, path) in crops.enumerated() {
      var image = Image(width: 112, height: 112)
      for place in 0..<112 * 112 {
        let value = (frame * 112 * 112 + place) * 3
        image[place % 112, place / 112] = Pixel(
          red: UInt8(pixels[value]), green: UInt8(pixels[value + 1]),
          blue: UInt8(pixels[value + 2]))
      }
      try PNGFile.write(image, to: OutputFile(path: path, force: false))
    }
  }

  /// Row `frame` of a tensor.
  private func row(_ name: String, _ frame: Int) throws -> [Double] {
    let tensor = try #require(expected[name], "\(name)")
    let size = tensor.values.count / Self.frames
    return tensor.values[frame * size..<(frame + 1) * size].map(Double.init)
  }

  @Test func image() throws {
    let outcome = try Program.run(
      ["image", "--cropped", "--per-member", "--json", "-"] + Self.checkpoints + crops)
    #expect(outcome.exitCode == 0 && outcome.errors == "")
    let records = try outcome.output.split(separator: "\n").map {
      try JSONDecoder().decode(Record.self, from: Data($0.utf8))
    }
    #expect(records.map(\.image) == crops)
    for (frame, record) in records.enumerated() {
      let face = try #require(record.faces.first)
      try expectEnsemble(face, frame)
      #expect(face.members?.count == 2)
      for (member, estimate) in (face.members ?? []).enumerated() {
        let path = "member\(member)/stateless"
        let expression = softmax(try row("\(path)/EXPR", frame))
        let units = try row("\(path)/AU", frame).map { 1 / (1 + exp(-$0)) }
        let axes = try row("\(path)/VA", frame)
        expectNear(estimate.probabilities, expression)
        expectNear(estimate.units, units)
        expectNear([estimate.valence.value], [expectation(softmax(Array(axes[..<20])))])
        expectNear([estimate.arousal.value], [expectation(softmax(Array(axes[20...])))])
      }
    }
  }

  private func expectEnsemble(_ face: Record.Face, _ frame: Int) throws {
    expectNear(face.probabilities, try row("ensemble/EXPR/probability", frame))
    let units = try row("ensemble/AU/probability", frame)
    expectNear(face.units, (0..<12).map { units[2 * $0 + 1] })
    expectNear([face.valence.value], try row("ensemble/valence", frame))
    expectNear([face.arousal.value], try row("ensemble/arousal", frame))
    for (key, aleatoric, epistemic) in [
      ("EXPR", [face.expression.aleatoric], [face.expression.epistemic]),
      (
        "AU", face.codes.map { face.actionUnits[$0]!.aleatoric },
        face.codes.map { face.actionUnits[$0]!.epistemic }
      ),
      ("V", [face.valence.aleatoric], [face.valence.epistemic]),
      ("A", [face.arousal.aleatoric], [face.arousal.epistemic]),
    ] {
      expectNear(aleatoric, try row("ensemble/\(key)/aleatoric", frame))
      expectNear(epistemic, try row("ensemble/\(key)/epistemic", frame))
    }
  }

  @Test(arguments: ["reset", "carry"]) func predict(state: String) throws {
    let output = folder.file("out")
    let outcome = try Program.run(
      [
        "predict", "--data-dir", folder.path + "/videos", "--output-dir", output, "--state", state,
      ] + Self.checkpoints)
    #expect(outcome.exitCode == 0 && outcome.errors == "")
    func lines(_ file: String) throws -> [[String]] {
      try String(contentsOfFile: "\(output)/\(file)", encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",").map(String.init)
      }
    }
    let mode = state == "carry" ? "carried" : "stateless"
    let table = try lines("merged/uncertainty/clip.csv")
    func cells(_ columns: [String], _ frame: Int) throws -> [Double] {
      try columns.map {
        let column = try #require(table[0].firstIndex(of: $0), "\($0)")
        return try #require(Double(table[1 + frame][column]))
      }
    }
    for frame in 0..<Self.frames {
      var members: (expression: [[Double]], valence: [[Double]], arousal: [[Double]]) = ([], [], [])
      for member in 0..<2 {
        let path = "member\(member)/\(mode)"
        let expression = softmax(try row("\(path)/EXPR", frame))
        let units = try row("\(path)/AU", frame)
        let axes = try row("\(path)/VA", frame)
        members.expression.append(expression)
        members.valence.append(softmax(Array(axes[..<20])))
        members.arousal.append(softmax(Array(axes[20...])))
        let best = expression.indices.max { expression[$0] < expression[$1] }!
        #expect(try lines("\(member)/EXPR/clip.txt")[1 + frame] == ["\(best)"])
        #expect(
          try lines("\(member)/AU/clip.txt")[1 + frame] == units.map { $0 > 0 ? "1" : "0" })
        // Written with four digits.
        expectNear(
          try lines("\(member)/VA/clip.txt")[1 + frame].compactMap(Double.init),
          [expectation(members.valence[member]), expectation(members.arousal[member])],
          within: 6e-5)
      }
      expectNear(
        try cells(table[0][3..<10].map(\.self), frame), mean(members.expression))
      expectNear(
        try cells((0..<20).map { "valence_bin\($0)" }, frame), mean(members.valence))
      expectNear(
        try cells((0..<20).map { "arousal_bin\($0)" }, frame), mean(members.arousal))
      guard state == "reset" else { continue }
      for (key, name) in [("EXPR", "expression"), ("V", "valence"), ("A", "arousal")] {
        expectNear(
          try cells([name + "_aleatoric", name + "_epistemic"], frame),
          try row("ensemble/\(key)/aleatoric", frame) + row("ensemble/\(key)/epistemic", frame))
      }
      expectNear(
        try cells(ActionUnit.allCases.map { $0.code + "_epistemic" }, frame),
        try row("ensemble/AU/epistemic", frame))
    }
  }
}

/// A record as written by the interface.
private struct Record: Decodable {
  struct Estimate: Decodable {
    var value: Double
    var aleatoric: Double
    var epistemic: Double
  }

  struct Face: Decodable {
    struct Expression: Decodable {
      var label: String
      var probabilities: [String: Double]
      var aleatoric: Double
      var epistemic: Double
    }
    struct Unit: Decodable {
      var probability: Double
      var active: Bool
      var aleatoric: Double
      var epistemic: Double
    }
    var expression: Expression
    var actionUnits: [String: Unit]
    var valence: Estimate
    var arousal: Estimate
    var members: [Face]?

    let codes = [1, 2, 4, 6, 7, 10, 12, 15, 23, 24, 25, 26].map { "AU\($0)" }
    var probabilities: [Double] {
      ["Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"].map {
        expression.probabilities[$0] ?? .nan
      }
    }
    var units: [Double] { codes.map { actionUnits[$0]?.probability ?? .nan } }

    enum CodingKeys: String, CodingKey {
      case expression, valence, arousal, members
      case actionUnits = "action_units"
    }
  }

  var image: String
  var faces: [Face]
}

private func expectNear(
  _ found: [Double], _ expected: [Double], within tolerance: Double = 1e-5,
  location: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: location)
  let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
  #expect(difference <= tolerance, "\(difference)", sourceLocation: location)
}

private func softmax(_ logits: [Double]) -> [Double] {
  let powers = logits.map { exp($0 - logits.max()!) }
  return powers.map { $0 / powers.reduce(0, +) }
}

/// Over linspace(-1, 1, 20).
private func expectation(_ bins: [Double]) -> Double {
  bins.enumerated().reduce(0) { $0 + $1.element * (-1 + 2 * Double($1.offset) / 19) }
}

private func mean(_ rows: [[Double]]) -> [Double] {
  rows[0].indices.map { i in rows.reduce(0) { $0 + $1[i] } / Double(rows.count) }
}
