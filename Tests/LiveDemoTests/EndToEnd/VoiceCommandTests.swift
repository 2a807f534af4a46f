import Foundation
import TestSupport
import Testing

@testable import Runtime
@testable import Theme

/// The commands with an EMENet-VA checkpoint from `../shared/parity-va`.
@Suite(.enabled(if: Shared.isPresent, "needs ../shared/parity-va"))
struct VoiceCommandTests {
  private let folder = ScratchFolder()
  private let checkpoint = Shared.voiceCheckpoint

  private func crop(_ name: String) throws -> String {
    let path = folder.file(name)
    try PNGFile.write(
      Sample.image(width: 112, height: 112), to: OutputFile(path: path, force: false))
    return path
  }

  @Test func checkpointIsShownAndConverted() throws {
    let converted = folder.file("voice.safetensors")
    #expect(try Program.run(["checkpoint", "convert", checkpoint, converted]).exitCode == 0)
    for file in [checkpoint, converted] {
      let outcome = try Program.run(["checkpoint", "show", file])
      #expect(outcome.exitCode == 0)
      let lines = outcome.output.split(separator: "\n")
      #expect(lines.contains("network: EMENet-VA"))
      #expect(lines.contains("parameters: 2234115 (1920891 without the landmark head)"))
    }
  }

  @Test func networksAreNotMixed() throws {
    let face = Program.repository.appendingPathComponent("checkpoints/emenet-v-0.safetensors").path
    let outcome = try Program.run([
      "image", try crop("a.png"), "--checkpoint", checkpoint, "--checkpoint", face,
    ])
    #expect(outcome.exitCode == 4 && outcome.output == "")
    #expect(
      outcome.errors == "emenet: \(face): is of EMENet-V, the first member is of EMENet-VA;"
        + " name checkpoints of one network with --checkpoint\n")
  }

  @Test func aPictureIsSilentAndThatIsSaid() throws {
    let picture = try crop("a.png")
    let image = try Program.run([
      "image", "--cropped", "--json", "-", picture, "--checkpoint", checkpoint,
    ])
    #expect(image.exitCode == 0 && image.output.contains("\"faces\":[{"))
    #expect(image.errors == "emenet: sound: silence, for a picture has none\n")

    let labels = folder.file("labels.csv")
    try "path,expression\n\(picture),0\n".write(toFile: labels, atomically: true, encoding: .utf8)
    let evaluate = try Program.run(["evaluate", "--crops", labels, "--checkpoint", checkpoint])
    #expect(evaluate.exitCode == 0)
    #expect(evaluate.errors == "emenet: sound: silence, for a crop has none\n")
  }

  @Test func benchTimesTheSound() throws {
    for (paths, hears) in [(["--checkpoint", checkpoint], true), ([], false)] {
      let outcome = try Program.run(
        ["bench", "--stage", "network", "--runs", "2", "--json", "-"] + paths)
      #expect(outcome.exitCode == 0)
      let figures = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
      let network = (figures as? [String: Any])?["network"] as? [String: Any]
      let sound = try #require(network?["sound"])
      #expect((sound as? [String: Any])?["share_of_face_live"] is Double == hears)
    }
  }
}
