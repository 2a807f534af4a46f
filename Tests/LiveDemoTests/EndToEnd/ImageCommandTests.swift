import Foundation
import TestSupport
import Testing

@testable import Runtime
@testable import Theme

/// `emenet image` as a user runs it, with the weights that come with the program.
@Suite struct ImageCommandTests {
  private let folder = ScratchFolder()

  private func crop(_ name: String) throws -> String {
    let path = folder.file(name)
    try PNGFile.write(
      Sample.image(width: 150, height: 150), to: OutputFile(path: path, force: false))
    return path
  }

  @Test func writesRecordAndPicture() throws {
    let file = try crop("a.png")
    let output = folder.file("out.svg")
    let outcome = try Program.run(
      ["image", "--cropped", "--per-member", "--json", "-", "--output", output, file])
    #expect(outcome.exitCode == 0 && outcome.errors == "")
    let record = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(record["image"] as? String == file)
    let faces = try #require(record["faces"] as? [[String: Any]])
    #expect(faces.count == 1)
    #expect(faces[0]["box"] as? [Double] == [0, 0, 150, 150])
    #expect((faces[0]["members"] as? [Any])?.isEmpty == false)
    #expect(try String(contentsOfFile: output, encoding: .utf8).contains("</svg>"))

    let again = try Program.run(["image", "--cropped", "--output", output, file])
    #expect(again.exitCode == 5 && again.output == "")
  }

  @Test func aPictureWithoutAFaceIsNoError() throws {
    let file = try crop("a.png")
    let outcome = try Program.run(["image", "--json", "-", file])
    #expect(outcome.exitCode == 0)
    #expect(outcome.output.hasSuffix("\"faces\":[]}\n"))
    #expect(try Program.run(["image", file]).output == "\(file): no face\n")
  }

  @Test func whatCannotBeReadIsSaidAndTheRestIsDone() throws {
    let file = try crop("a.png")
    let missing = folder.file("missing.png")
    let some = try Program.run(["image", "--cropped", "--json", "-", missing, file])
    #expect(some.exitCode == 1)
    #expect(some.output.count { $0 == "\n" } == 1)
    #expect(some.errors.hasPrefix("emenet: \(missing): "))
    #expect(try Program.run(["image", missing]).exitCode == 2)
  }

  @Test(
    arguments: [
      (["image"], 64), (["image", "a.png", "--output", "a.gif"], 64),
      (["image", "a.png", "b.png", "--output", "a.png"], 64),
      (["image", "a.png", "--output", "/nonexistent/a.png"], 5),
      (["image", "a.png", "--checkpoint", "/nonexistent"], 4),
    ] as [([String], Int32)])
  func exitCodes(words: [String], code: Int32) throws {
    let outcome = try Program.run(words)
    #expect(outcome.exitCode == code)
    #expect(outcome.errors.hasPrefix("emenet: ") && outcome.output == "")
  }
}
