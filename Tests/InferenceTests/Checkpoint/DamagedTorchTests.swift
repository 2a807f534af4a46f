import Foundation
import Testing

@testable import Inference

/// Every file ends in an error that names it, and nothing in it runs.
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

  /// A list that holds itself ten times, over and over: 10^n objects for whoever follows it.
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

  /// Both formats, cut at every byte of a small file: never a crash, never a success.
  @Test(arguments: [.safetensors, .torchZip] as [Checkpoint.Format])
  func refusesEveryTruncation(format: Checkpoint.Format) throws {
    let folder = TemporaryFolder()
    try sample.write(to: folder.path + "/whole", as: format)
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/whole"))
    let path = folder.path + "/cut"
    for count in 0..<whole.count {
      try whole.prefix(count).write(to: URL(fileURLWithPath: path))
      let error = try #require(throws: CheckpointError.self) { try Checkpoint.read(path) }
      #expect(error.path == path)
    }
  }

  /// Every byte of the tensors' data changed in turn: the CRC finds it.
  @Test func findsABadCRC() throws {
    let folder = TemporaryFolder()
    try sample.write(to: folder.path + "/whole", as: .torchZip)
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.path + "/whole")))
    let data = ElementType.float32.encode([0, 1, 2, 3, 4, 5.5])
    let start = try #require(
      (0..<bytes.count - data.count).first { bytes[$0...].starts(with: data) })
    bytes[start + 2] ^= 1
    let error = try #require(throws: CheckpointError.self) {
      let file = TemporaryFile(bytes)
      _ = try Checkpoint.read(file.path)
    }
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

/// Reads an archive `a/data.pkl` of `opcodes` behind a protocol number, and `a/data/0`.
private func readArchive(
  _ opcodes: [UInt8], data: [UInt8]? = nil, more: [String: [UInt8]] = [:]
) throws -> Checkpoint {
  let folder = TemporaryFolder()
  var entries = [(name: "a/data.pkl", bytes: opcodes)]
  if let data { entries.append(("a/data/0", data)) }
  for (name, bytes) in more { entries.append((name, bytes)) }
  try TorchArchiveWriter.writeArchive(entries, to: folder.path + "/a")
  return try Checkpoint.read(folder.path + "/a")
}

/// `{'a': a tensor}`
private func pickle(offset: Int, shape: [Int], strides: [Int], count: Int) -> [UInt8] {
  var pickle = PickleWriter()
  pickle.dictionary {
    $0.text("a")
    $0.global("torch._utils", "_rebuild_tensor_v2")
    $0.tuple {
      $0.tuple {
        $0.text("storage")
        $0.global("torch", "FloatStorage")
        $0.text("0")
        $0.text("cuda:0")
        $0.integer(count)
      }
      $0.opcode("Q")
      $0.integer(offset)
      $0.tuple { for number in shape { $0.integer(number) } }
      $0.tuple { for number in strides { $0.integer(number) } }
    }
    $0.opcode("R")
  }
  pickle.opcode(".")
  return pickle.bytes
}
