import Foundation
import Inference
import Reading
import TestSupport
import Testing

@testable import Runtime
@testable import Theme

/// `--prior` and `--neutral` as a user gives them.
@Suite struct PriorTests {
  private let folder = ScratchFolder()
  private static let prior: [Float] = [0.25, 0.1, 0.1, 0.1, 0.2, 0.15, 0.1]
  private static let ferPlus: [Float] = [0.4, 0.1, 0.05, 0.05, 0.2, 0.1, 0.1]

  /// The first bundled member with different metadata.
  private func checkpoint(_ name: String, prior: Bool) throws -> String {
    var checkpoint = try Checkpoint.read(
      Program.repository.appending(path: "checkpoints/emenet-v-0.safetensors").path)
    checkpoint.metadata = checkpoint.metadata.filter { !$0.key.hasPrefix("expression_prior") }
    if prior {
      checkpoint.metadata["expression_prior"] = "\(Self.prior)"
      checkpoint.metadata["expression_prior.fer+"] = "\(Self.ferPlus)"
    }
    let path = folder.file(name)
    try checkpoint.write(to: path, as: .safetensors)
    return path
  }

  private func crop() throws -> String {
    let path = folder.file("crop.png")
    if !FileManager.default.fileExists(atPath: path) {
      try PNGFile.write(.pattern(3), to: OutputFile(path: path, force: false))
    }
    return path
  }

  private func probabilities(_ words: [String]) throws -> [Float] {
    let outcome = try Program.run(["image", "--cropped", "--json", "-"] + words + [crop()])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let faces = try #require(record["faces"] as? [[String: Any]])
    let expression = try #require(faces[0]["expression"] as? [String: Any])
    let values = try #require(expression["probabilities"] as? [String: Double])
    return Expression.allCases.map { Float(values[$0.name] ?? .nan) }
  }

  @Test func aPriorShiftsByBayesRule() throws {
    let weights = try checkpoint("stated.safetensors", prior: true)
    try "3 1 1\n1, 2, 1\n1\n".write(
      toFile: folder.file("own.txt"), atomically: true, encoding: .utf8)
    let own = try probabilities(["--checkpoint", weights])
    for (name, expected) in [
      ("default", Self.prior), ("fer+", Self.ferPlus), ("balanced", .init(repeating: 1, count: 7)),
      (folder.file("own.txt"), [3, 1, 1, 1, 2, 1, 1]),
    ] as [(String, [Float])] {
      let found = try probabilities(["--checkpoint", weights, "--prior", name])
      let joint = zip(zip(own, expected), Self.prior).map { $0.0 * $0.1 / $1 }
      let sum = joint.reduce(0, +)
      for (a, b) in zip(found, joint) { #expect(abs(a - b / sum) < 2e-5, "\(name)") }
    }
  }

  @Test func whatIsNoPriorIsNamed() throws {
    let stated = try checkpoint("stated.safetensors", prior: true)
    let silent = try checkpoint("silent.safetensors", prior: false)
    try "1 1 1 1 1 1 0\n".write(toFile: folder.file("zero.txt"), atomically: true, encoding: .utf8)
    try "1 2 3\n".write(toFile: folder.file("short.txt"), atomically: true, encoding: .utf8)
    let cases: [(String, String, Int32, String)] = [
      (stated, "web", 64, "web"), (stated, folder.file("zero.txt"), 64, "seven positive"),
      (stated, folder.file("short.txt"), 64, "seven positive"),
      (silent, "fer+", 4, "expression_prior"), (silent, "balanced", 4, "expression_prior"),
    ]
    for (weights, prior, code, word) in cases {
      for command in [["image", "--cropped", try crop()], ["predict", "--video", Program.sample]] {
        let outcome = try Program.run(
          command + ["--checkpoint", weights, "--prior", prior],
          in: URL(fileURLWithPath: folder.path))
        #expect(outcome.exitCode == code, "\(command[0]) \(prior): \(outcome.errors)")
        #expect(outcome.errors.hasPrefix("emenet: ") && outcome.errors.contains(word))
      }
    }
    #expect(try probabilities(["--checkpoint", silent, "--prior", "default"]).count == 7)
  }

  @Test func aKeptRestingFaceServesTheNextRun() throws {
    let file = folder.file("me.txt")
    let rest = try #require(
      RestingFace(
        evidence: [0, 0, 0, 0, 1, 0, 0], actionUnits: .init(repeating: 0.25, count: 12),
        valence: 0.5, arousal: -0.25))
    try rest.text.write(toFile: file, atomically: true, encoding: .utf8)
    let outcome = try Program.run([
      "--input", Program.sample, "--frames", "2", "--no-ui", "--json", "-", "--members", "1",
      "--neutral", file,
    ])
    #expect(outcome.exitCode == 0, "\(outcome.errors)")
    for line in outcome.output.split(separator: "\n") {
      let record = try #require(
        JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let face = try #require((record["faces"] as? [[String: Any]])?.first)
      let relative = try #require(face["relative"] as? [String: Any])
      let raw = try #require((face["valence"] as? [String: Any])?["value"] as? Double)
      #expect(abs((relative["valence"] as? Double ?? 9) - (raw - 0.5)) < 1e-5)
      let said = try #require(
        (face["expression"] as? [String: Any])?["probabilities"] as? [String: Double])
      let shown = try #require(relative["probabilities"] as? [String: Double])
      let odds = { (p: [String: Double]) in p["Happiness", default: 0] / p["Neutral", default: 1] }
      #expect(abs(log(odds(said) / odds(shown)) - 1) < 0.05)
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == rest.text)
  }

  @Test func aFileThatIsNoRestingFaceIsNotTouched() throws {
    let file = folder.file("notes.txt")
    try "dear diary\n".write(toFile: file, atomically: true, encoding: .utf8)
    let outcome = try Program.run(["--input", Program.sample, "--no-ui", "--neutral", file])
    #expect(outcome.exitCode == 64 && outcome.errors.contains("notes.txt"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "dear diary\n")
  }
}
