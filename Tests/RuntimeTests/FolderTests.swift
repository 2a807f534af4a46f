import Foundation
import TestSupport
import Testing

@testable import Runtime

@Suite struct FolderTests {
  private let folder = ScratchFolder()

  private func make(_ files: String...) throws {
    for file in files {
      let url = URL(fileURLWithPath: folder.file(file))
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: url)
    }
  }

  private func below(throughLinks: Bool = false, levels: Int = .max) -> [String] {
    filesBelow(folder.path, throughLinks: throughLinks, levels: levels).map {
      String($0.dropFirst(folder.path.count + 1))
    }
  }

  @Test func filesComeInOrderWithoutHiddenOnes() throws {
    try make("b", "a/2", "a/1", ".hidden", ".git/x")
    #expect(below() == ["a/1", "a/2", "b"])
  }

  @Test func levelsAreCounted() throws {
    try make("0", "1/0", "1/2/0")
    #expect(below(levels: 1) == ["0"])
    #expect(below(levels: 2) == ["0", "1/0"])
    #expect(below(levels: 3) == ["0", "1/0", "1/2/0"])
  }

  @Test func linksToFoldersAreFollowedWhereAsked() throws {
    try make("real/file", "target")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("linked"), withDestinationPath: folder.file("real"))
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("name"), withDestinationPath: folder.file("target"))
    #expect(below() == ["name", "real/file", "target"])
    #expect(below(throughLinks: true, levels: 4) == ["linked/file", "name", "real/file", "target"])
  }

  @Test func anOutputThatIsReadIsRefusedThroughLinksToo() throws {
    try make("real/file", "other")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("linked"), withDestinationPath: folder.file("real"))
    let inputs = InputFiles([folder.file("linked")])
    #expect(throws: OutputError.isInput(path: folder.file("real/file"))) {
      try inputs.refuse(asOutputs: [nil, folder.file("other"), folder.file("real/file")])
    }
    try inputs.refuse(asOutputs: [folder.file("other"), folder.file("absent"), "-"])
  }

  /// The reference values of FNV-1a (64 bits) in its authors' test vectors.
  @Test(
    arguments: [
      ("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8),
    ] as [(String, UInt64)])
  func hashesAreThoseOfFNV1a(text: String, value: UInt64) {
    var hash = FNV1a()
    hash.add(text)
    #expect(hash.value == value)
  }
}
