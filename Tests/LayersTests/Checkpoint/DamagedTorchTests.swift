import Foundation
import TestSupport
import Testing

@testable import Layers

/// Every file causes an error that names it, and none of its code is executed.
@Suite struct DamagedTorchTests {
  @Test(
    arguments: [
      (
        "calls os.system", ["cposix\nsystem\n", "(", "X\u{4}\0\0\0true", "t", "R", "."], nil,
        .pickle(.forbidden(name: "posix.system"))
      ),
      ("calls eval", ["cbuiltins\neval\n", "."], nil, .pickle(.forbidden(name: "builtins.eval"))),
      ("ends early", ["}"], nil, .pickle(.endsEarly)),
      ("text beyond the end", ["X\u{7f}\u{7f}\u{7f}\u{7f}a."], nil, .pickle(.endsEarly)),
      ("empty stack", ["."], nil, .pickle(.malformed(at: 0))),
      ("no mark", ["Nt."], nil, .pickle(.malformed(at: 1))),
      ("unknown memo", ["h\u{1}."], nil, .pickle(.malformed(at: 0))),
      ("unknown opcode", ["}i."], nil, .pickle(.unknownOpcode(0x69, at: 1))),
      ("no dictionary", ["K\u{1}."], nil, .noStateDict),
      (
        "deep nesting",
        [String(repeating: "(", count: 200_000), String(repeating: "t", count: 200_000), "."],
        nil, .noStateDict
      ),
      ("no tensor", ["}X\u{1}\0\0\0aK\u{1}s."], "a", .notATensor),
    ] as [(String, [String], String?, CheckpointError.Problem)])
  func refusesPickles(
    name: String, opcodes: [String], tensor: String?, problem: CheckpointError.Problem
  ) throws {
    let error = try #require(throws: CheckpointError.self) {
      try readArchive(Array(opcodes.joined().utf8))
    }
    #expect(error.tensor == tensor)
    #expect(error.problem == problem)
  }

  /// A list that contains itself ten times, repeatedly: 10^n objects for a reader that follows it.
  @Test func survivesAMemoBomb() throws {
    var bomb = Array("]q\0".utf8)
    for level in 0..<200 {
      bomb += Array("](".utf8)
      for _ in 0..<10 { bomb += [UInt8(ascii: "h"), UInt8(level)] }
      bomb += [UInt8(ascii: "e"), UInt8(ascii: "q"), UInt8(level + 1)]
    }
    let error = try #require(throws: CheckpointError.self) {
      try readArchive(bomb + [UInt8(ascii: ".")])
    }
    #expect(error.problem == .noStateDict)
  }

  @Test(
    arguments: [
      (offset: 0, shape: [2], strides: [1], count: 2, nil),
      (offset: -1, shape: [2], strides: [1], count: 2, "outside"),
      (offset: 1, shape: [2], strides: [1], count: 2, "outside"),
      (offset: 0, shape: [2], strides: [2], count: 2, "outside"),
      (offset: 0, shape: [2], strides: [-1], count: 2, "outside"),
      (offset: 0, shape: [2], strides: [.max], count: 2, "outside"),
      (offset: .max, shape: [2], strides: [1], count: 2, "outside"),
      (offset: 0, shape: [2, 1], strides: [1], count: 2, "outside"),
      (offset: 0, shape: [1 << 20], strides: [0], count: 2, "outside"),
      (offset: 0, shape: [1 << 40], strides: [0], count: 2, "shape"),
      (offset: 0, shape: [0, .max, .max], strides: [0, 0, 0], count: 2, "shape"),
      (offset: 0, shape: [.max, .max], strides: [0, 0], count: 2, "shape"),
      (offset: 0, shape: [-2], strides: [1], count: 2, "shape"),
      (offset: 0, shape: [2], strides: [1], count: 3, "size"),
      (offset: 0, shape: [2], strides: [1], count: 1 << 40, "storage"),
      (offset: 0, shape: [2], strides: [1], count: -2, "storage"),
    ] as [(offset: Int, shape: [Int], strides: [Int], count: Int, String?)])
  func checksBounds(
    offset: Int, shape: [Int], strides: [Int], count: Int, problem: String?
  ) throws {
    let bytes = pickle(offset: offset, shape: shape, strides: strides, count: count)
    let data = ElementType.float32.encode([1, 2])
    guard let problem else {
      let read = try readArchive(bytes, data: data)
      #expect(read.tensors["a"]?.values == [1, 2])
      return
    }
    let error = try #require(throws: CheckpointError.self) { try readArchive(bytes, data: data) }
    #expect(error.tensor == "a")
    let kind =
      switch error.problem {
      case .outsideStorage: "outside"
      case .badShape: "shape"
      case .wrongSize: "size"
      case .badStorage: "storage"
      default: "other"
      }
    #expect(kind == problem)
  }

  @Test func refusesNotANumber() throws {
    let bytes = pickle(offset: 0, shape: [2], strides: [1], count: 2)
    let error = try #require(throws: CheckpointError.self) {
      try readArchive(bytes, data: [0, 0, 0, 0, 0, 0, 0xc0, 0x7f])
    }
    #expect(error.problem == .notFinite(index: 1))
    #expect(error.tensor == "a")
  }

  @Test func refusesAMissingStorageAndABigEndianFile() throws {
    let bytes = pickle(offset: 0, shape: [2], strides: [1], count: 2)
    let missing = try #require(throws: CheckpointError.self) { try readArchive(bytes) }
    #expect(missing.problem == .badStorage)
    let big = try #require(throws: CheckpointError.self) {
      try readArchive(bytes, more: ["a/byteorder": Array("big".utf8)])
    }
    #expect(big.problem == .bigEndian)
  }

  /// 16 tensors of 2^20 numbers over one storage of 2^20 bytes: 64 MiB for 1 MiB.
  @Test func boundsNumbersByTheFile() throws {
    var writer = PickleWriter()
    writer.dictionary { pickle in
      for index in 0..<16 {
        pickle.text("t\(index)")
        pickle.view(offset: 0, shape: [1 << 20], strides: [1], count: 1 << 20, type: .uint8)
      }
    }
    writer.opcode(".")
    let error = try #require(throws: CheckpointError.self) {
      try readArchive(writer.bytes, data: [UInt8](repeating: 1, count: 1 << 20))
    }
    guard case .tooManyNumbers(1 << 24, let limit) = error.problem else {
      Issue.record("\(error.problem)")
      return
    }
    #expect((1 << 20..<1 << 21).contains(limit))
  }

  @Test(arguments: [0x94 as UInt8, UInt8(ascii: "N"), UInt8(ascii: "]"), UInt8(ascii: "(")])
  func boundsWhatAPickleMakes(opcode: UInt8) throws {
    let flood = [UInt8](repeating: opcode, count: PickleReader.byteLimit - 100)
    #expect(throws: CheckpointError.self) { try readArchive(Array("N".utf8) + flood) }
  }

  @Test(arguments: ["name\0", "\u{1b}[2J"]) func textWithAZeroIsNoName(text: String) throws {
    var writer = PickleWriter()
    writer.dictionary {
      $0.text(text)
      $0.integer(1)
    }
    writer.opcode(".")
    let error = try #require(throws: CheckpointError.self) { try readArchive(writer.bytes) }
    if text.utf8.contains(0) {
      #expect(error.problem == .pickle(.malformed(at: 4)))
    } else {
      #expect(error.tensor == text)
    }
  }

  @Test(
    arguments: [
      ("a count below 0", -1), ("a count beyond the file", 3), ("a count of 2^63 - 1", .max),
      ("another count than the pickle's", 1),
    ] as [(String, Int)])
  func checksStoragesOfTheOldFormat(name: String, count: Int) throws {
    let data = ElementType.float32.encode([1, 2])
    func file(_ count: Int) -> [UInt8] {
      Checkpoint.legacyBytes(
        object: pickle(offset: 0, shape: [2], strides: [1], count: 2), storages: [(count, data)])
    }
    #expect(try Checkpoint.read(bytes: file(2)).tensors["a"]?.values == [1, 2])
    let error = try #require(throws: CheckpointError.self) {
      try Checkpoint.read(bytes: file(count))
    }
    #expect(error.problem == .badStorage)
  }

  /// Each format, cut at every byte of a small file: never a crash, never a success.
  @Test(arguments: [.safetensors, .torchZip, .torchLegacy] as [Checkpoint.Format])
  func refusesEveryTruncation(format: Checkpoint.Format) throws {
    let folder = TemporaryFolder()
    let whole = Data(try sample.bytes(as: format))
    let path = folder.path + "/cut"
    for count in 0..<whole.count {
      try whole.prefix(count).write(to: URL(fileURLWithPath: path))
      let error = try #require(throws: CheckpointError.self) { try Checkpoint.read(path) }
      #expect(error.path == path)
    }
  }

  /// Every byte of the tensors' data is changed in turn: the CRC detects it.
  @Test func findsABadCRC() throws {
    var bytes = try sample.bytes(as: .torchZip)
    let data = ElementType.float32.encode([0, 1, 2, 3, 4, 5.5])
    let start = try #require(
      (0..<bytes.count - data.count).first { bytes[$0...].starts(with: data) })
    bytes[start + 2] ^= 1
    let error = try #require(throws: CheckpointError.self) { try Checkpoint.read(bytes: bytes) }
    #expect(error.tensor == "a")
    guard case .zip(let code, _) = error.problem else {
      Issue.record("\(error.problem)")
      return
    }
    #expect(code == 7)
  }

  @Test(
    arguments: [
      ([], .empty), ([1, 2, 3], .unknownFormat), (Array("hello, world".utf8), .unknownFormat),
      (Array("\u{2}K\u{1}.".utf8), .unknownFormat),
    ] as [([UInt8], CheckpointError.Problem)])
  func refusesOtherFiles(bytes: [UInt8], problem: CheckpointError.Problem) throws {
    let file = TemporaryFile(bytes)
    #expect(throws: CheckpointError(file.path, problem)) { try Checkpoint.read(file.path) }
  }
}

/// Reads an archive of `a/data.pkl`, which is `opcodes` after a protocol number, and `a/data/0`.
private func readArchive(
  _ opcodes: [UInt8], data: [UInt8]? = nil, more: [String: [UInt8]] = [:]
) throws -> Checkpoint {
  let folder = TemporaryFolder()
  var entries = [(name: "a/data.pkl", bytes: opcodes)]
  if let data { entries.append(("a/data/0", data)) }
  for (name, bytes) in more { entries.append((name, bytes)) }
  try Data(TorchArchiveWriter.archive(entries, for: "a"))
    .write(to: URL(fileURLWithPath: folder.path + "/a"))
  return try Checkpoint.read(folder.path + "/a")
}

/// `{'a': a tensor}`
private func pickle(offset: Int, shape: [Int], strides: [Int], count: Int) -> [UInt8] {
  var pickle = PickleWriter()
  pickle.dictionary {
    $0.text("a")
    $0.view(offset: offset, shape: shape, strides: strides, count: count, type: .float32)
  }
  pickle.opcode(".")
  return pickle.bytes
}

extension PickleWriter {
  /// A tensor over storage "0" of `count` numbers.
  fileprivate mutating func view(
    offset: Int, shape: [Int], strides: [Int], count: Int, type: ElementType
  ) {
    global("torch._utils", "_rebuild_tensor_v2")
    tuple { pickle in
      pickle.tuple {
        $0.text("storage")
        $0.global("torch", type.torchStorage)
        $0.text("0")
        $0.text("cuda:0")
        $0.integer(count)
      }
      pickle.opcode("Q")
      pickle.integer(offset)
      pickle.tuple { for number in shape { $0.integer(number) } }
      pickle.tuple { for number in strides { $0.integer(number) } }
    }
    opcode("R")
  }
}
