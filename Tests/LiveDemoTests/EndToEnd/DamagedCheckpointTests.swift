import Foundation
import TestSupport
import Testing

@testable import Inference
@testable import Layers
@testable import Runtime
@testable import Theme

/// Passes damaged weights to the real command: exit code 4, a message that names file and tensor,
/// no crash, no large allocation, and no code in the file is executed.
@Suite struct DamagedCheckpointTests {
  private let folder = ScratchFolder()

  /// Runs with `bytes` as weights, in little more address space than the program normally needs.
  private func expectRefusal(
    _ bytes: [UInt8], naming words: [String], _ comment: Comment? = nil,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let checkpoint = folder.file("weights")
    try Data(bytes).write(to: URL(fileURLWithPath: checkpoint))
    let outcome = try Program.run(["checkpoint", "show", checkpoint], addressSpace: 1 << 30)
    #expect(outcome.exitCode == 4, comment, sourceLocation: location)
    #expect(outcome.output == "", comment, sourceLocation: location)
    #expect(
      outcome.errors.hasPrefix("emenet: \(checkpoint): "), comment, sourceLocation: location)
    #expect(outcome.errors.count { $0 == "\n" } == 1, comment, sourceLocation: location)
    for word in words {
      #expect(outcome.errors.contains(word), comment, sourceLocation: location)
    }
  }

  @Test(
    arguments: [
      (name: "empty", bytes: [], words: ["the file is empty"]),
      ("wrong magic", Array("RIFF\u{4}\0\0\0WAVEfmt ".utf8), ["neither safetensors nor"]),
      ("header beyond the cap", [255, 255, 255, 255, 255, 255, 255, 127, 0x7b], ["header"]),
      ("header beyond the file", [200, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d], ["ends at byte 10"]),
      (
        "deep nesting", safetensors(#"{"a":\#(String(repeating: "[", count: 100_000))}"#),
        ["damaged header"]
      ),
      ("a name twice", safetensors(#"{"a":1,"a":2}"#), ["duplicate object key", "'\"a\"'"]),
      (
        "2^63 numbers",
        safetensors(entry("conv.weight", shape: "[9223372036854775808]", 0, 4), count: 4),
        ["tensor 'conv.weight'", "impossible shape"]
      ),
      (
        "a product of 2^63",
        safetensors(entry("conv.weight", shape: "[2147483648,4294967296]", 0, 4), count: 4),
        ["tensor 'conv.weight'", "impossible shape"]
      ),
      (
        "negative offset", safetensors(entry("conv.weight", shape: "[1]", -4, 0), count: 4),
        ["tensor 'conv.weight'", "outside"]
      ),
      (
        "overlap",
        safetensors(
          entry("conv.weight", shape: "[2]", 0, 8), entry("conv.bias", shape: "[2]", 4, 12),
          count: 12), ["tensor 'conv.bias'", "overlaps tensor 'conv.weight'"]
      ),
      (
        "hole",
        safetensors(
          entry("conv.weight", shape: "[1]", 0, 4), entry("conv.bias", shape: "[1]", 8, 12),
          count: 12), ["tensor 'conv.bias'", "bytes 4 to 8 belong to no tensor"]
      ),
      (
        "NaN",
        safetensors(entry("conv.weight", shape: "[1]", 0, 4), data: [0, 0, 0xc0, 0x7f]),
        ["tensor 'conv.weight'", "not a finite number"]
      ),
    ] as [(name: String, bytes: [UInt8], words: [String])])
  func isRefused(name: String, bytes: [UInt8], words: [String]) throws {
    try expectRefusal(bytes, naming: words)
  }

  enum ArchiveDamage: CaseIterable {
    case endsAfterMagic, directoryElsewhere, entryCount, checksumOfTensor, checksumOfPickle
  }

  @Test(arguments: ArchiveDamage.allCases) func archiveIsRefused(damage: ArchiveDamage) throws {
    let path = folder.file("whole.pth")
    try Checkpoint(path: "", tensors: ["conv.weight": Tensor(shape: [3], values: [1, 2, 3])])
      .write(to: path, as: .torchZip)
    #expect(try Program.run(["checkpoint", "show", path]).exitCode == 0)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    // The end record: 22 bytes, the directory's offset at 16 and the counts at 8 and 10.
    let end = bytes.count - 22
    func find(_ part: [UInt8]) throws -> Int {
      try #require(bytes.indices.first { bytes[$0...].starts(with: part) })
    }
    switch damage {
    case .endsAfterMagic: bytes = Array(bytes[..<6])
    case .directoryElsewhere: bytes[end + 16] ^= 1
    case .entryCount: bytes.replaceSubrange(end + 8..<end + 12, with: [255, 255, 255, 255])
    case .checksumOfTensor: bytes[try find(ElementType.float32.encode([1, 2, 3])) + 1] ^= 1
    case .checksumOfPickle: bytes[try find(Array("conv.weight".utf8))] ^= 1
    }
    try expectRefusal(
      bytes,
      naming: damage == .checksumOfTensor ? ["tensor 'conv.weight'", "CRC"] : ["zip archive"])
  }

  /// In the archive and in the old format, where a magic number precedes the pickle.
  @Test func nothingIsExecuted() throws {
    let mark = folder.file("executed")
    let command = "touch \(mark)"
    let call =
      Array("cos\nsystem\n(X".utf8) + [UInt8(command.utf8.count), 0, 0, 0] + Array(command.utf8)
      + Array("tR.".utf8)
    let path = folder.file("a.pth")
    try Data(
      TorchArchiveWriter.archive(
        [("a/data.pkl", [0x80, 2] + call), ("a/version", Array("3\n".utf8))], for: path)
    ).write(to: URL(fileURLWithPath: path))
    try expectRefusal(
      [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), naming: ["would run 'os.system'"])
    try expectRefusal(
      [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
        + [0x80, 2, 0x4d, 0xe9, 3, 0x2e, 0x80, 2, 0x7d, 0x2e, 0x80, 2] + call,
      naming: ["would run 'os.system'"])
    #expect(!FileManager.default.fileExists(atPath: mark))
  }

  @Test(
    arguments: [
      ("deep nesting", String(repeating: "(", count: 300_000)),
      ("deep lists", String(repeating: "](", count: 100_000)),
      (
        "memo bomb",
        "]q\0"
          + (0..<120).map { level in
            "](" + String(repeating: "h\(UnicodeScalar(UInt8(level)))", count: 10)
              + "eq\(UnicodeScalar(UInt8(level + 1)))"
          }.joined()
      ),
      ("many objects", String(repeating: "]", count: 900_000)),
      ("many names", "N" + String(repeating: "\u{94}", count: 100_000)),
    ] as [(String, String)])
  func pickleIsRefused(name: String, opcodes: String) throws {
    let path = folder.file("a.pth")
    // One byte per character, like opcodes.
    let pickle = opcodes.unicodeScalars.map { UInt8($0.value) } + Array(".".utf8)
    try Data(
      TorchArchiveWriter.archive(
        [("a/data.pkl", [0x80, 2] + pickle), ("a/version", Array("3\n".utf8))], for: path)
    ).write(to: URL(fileURLWithPath: path))
    try expectRefusal([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), naming: [])
  }

  /// The trained weights truncated at every 4 KiB of the header, of the pickle and of the
  /// directory, and within the numbers between them.
  @Test(arguments: Checkpoint.Format.allKinds) func isRefusedCutOff(format: Checkpoint.Format)
    throws
  {
    let whole = folder.file("whole")
    let trained = try Checkpoint.read(
      Program.repository.appending(path: "checkpoints/emenet-v-0.safetensors").path)
    try trained.write(to: whole, as: format)
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: whole)))
    var ends = Array(stride(from: 0, to: 64 << 10, by: 4 << 10))
    ends += [1 << 20, bytes.count / 2]
    ends += stride(from: bytes.count - (40 << 10), to: bytes.count, by: 4 << 10)
    ends.append(bytes.count - 1)
    for end in ends { try expectRefusal(Array(bytes[..<end]), naming: [], "\(end) bytes") }
  }

  /// Every missing, unexpected or misshapen tensor is named.
  @Test(arguments: Checkpoint.Format.allKinds) func namesEveryDifference(format: Checkpoint.Format)
    throws
  {
    var checkpoint = try Checkpoint.read(
      Program.repository.appending(path: "checkpoints/emenet-v-0.safetensors").path)
    let missing = [
      "backbone.conv1.conv.weight", "backbone.conv_34.project.bn.bias", "tmodels.0.decoder.bias",
      "tmodels.2.rnn.weight_hh_l0", "tmodels.3.rnn.bias_ih_l0",
    ]
    let extra = ["backbone.conv_9.weight", "head.bias", "x", "y"]
    let misshapen = [
      "backbone.conv1.bn.weight", "tmodels.1.decoder.bias", "tmodels.1.decoder.weight",
      "tmodels.2.decoder.weight",
    ]
    for name in missing { checkpoint.tensors[name] = nil }
    for name in extra { checkpoint.tensors[name] = Tensor(shape: [2], values: [0, 0]) }
    for name in misshapen { checkpoint.tensors[name] = Tensor(shape: [3, 1], values: [0, 0, 0]) }
    let path = folder.file("weights")
    try checkpoint.write(to: path, as: format)
    let picture = folder.file("a.png")
    try PNGFile.write(
      Sample.image(width: 112, height: 112), to: OutputFile(path: picture, force: false))
    let outcome = try Program.run(["image", "--cropped", "--checkpoint", path, picture])
    #expect(outcome.exitCode == 4 && outcome.output == "")
    #expect(outcome.errors.hasPrefix("emenet: \(path): "))
    let parts = [
      "5 missing (\(missing.joined(separator: ", ")))",
      "4 unexpected (\(extra.joined(separator: ", ")))",
      "4 misshapen (backbone.conv1.bn.weight [3, 1] for [64], tmodels.1.decoder.bias [3, 1] for"
        + " [12], tmodels.1.decoder.weight [3, 1] for [12, 128], tmodels.2.decoder.weight [3, 1]"
        + " for [40, 128])",
    ]
    for part in parts { #expect(outcome.errors.contains(part), "\(outcome.errors)") }
  }
}

extension Checkpoint.Format {
  static let allKinds: [Self] = [.safetensors, .torchZip]
}

private func entry(_ name: String, shape: String, _ begin: Int, _ end: Int) -> String {
  #""\#(name)":{"dtype":"F32","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
}

private func safetensors(_ entries: String..., count: Int) -> [UInt8] {
  safetensors("{\(entries.joined(separator: ","))}", data: [UInt8](repeating: 0, count: count))
}

private func safetensors(_ entry: String, data: [UInt8]) -> [UInt8] {
  let header = entry.hasPrefix("{") ? entry : "{\(entry)}"
  return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    + Array(header.utf8) + data
}

private func safetensors(_ header: String) -> [UInt8] { safetensors(header, data: []) }
