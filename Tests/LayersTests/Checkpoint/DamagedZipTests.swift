import Foundation
import TestSupport
import Testing

@testable import Layers

/// Archives with wrong counts, offsets and sizes, in the original records and in those of zip64.
@Suite struct DamagedZipTests {
  /// A change to the bytes of an archive whose central directory is at `directory` and whose end
  /// record is at `end`.
  struct Damage: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var apply: @Sendable (_ bytes: inout [UInt8], _ directory: Int, _ end: Int) -> Void

    init(
      _ name: String, _ apply: @escaping @Sendable (inout [UInt8], Int, Int) -> Void
    ) {
      testDescription = name
      self.apply = apply
    }
  }

  // Offsets are those of APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12, 4.3.14 to 4.3.16.
  @Test(
    arguments: [
      Damage("one entry less") { bytes, _, end in
        bytes.overwrite(UInt16(2), at: end + 8)
        bytes.overwrite(UInt16(2), at: end + 10)
      },
      Damage("65535 entries") { bytes, _, end in
        bytes.overwrite(UInt16.max, at: end + 8)
        bytes.overwrite(UInt16.max, at: end + 10)
      },
      Damage("directory at 0") { bytes, _, end in bytes.overwrite(UInt32(0), at: end + 16) },
      Damage("directory behind the end") { bytes, _, end in
        bytes.overwrite(UInt32(bytes.count), at: end + 16)
      },
      Damage("directory of 4 GB") { bytes, _, end in
        bytes.overwrite(UInt32.max - 1, at: end + 12)
      },
      Damage("comment beyond the file") { bytes, _, end in
        bytes.overwrite(UInt16(9), at: end + 20)
      },
      Damage("entry behind the end") { bytes, directory, _ in
        bytes.overwrite(UInt32(bytes.count), at: directory + 42)
      },
      Damage("entry in the middle of another") { bytes, directory, _ in
        bytes.overwrite(UInt32(3), at: directory + 42)
      },
      Damage("entry of 2 GB") { bytes, directory, _ in
        bytes.overwrite(UInt32(1 << 31), at: directory + 20)
        bytes.overwrite(UInt32(1 << 31), at: directory + 24)
      },
      Damage("compressed") { bytes, directory, _ in
        bytes.overwrite(UInt16(8), at: directory + 10)
      },
      Damage("encrypted") { bytes, directory, _ in
        bytes.overwrite(UInt16(1), at: directory + 8)
      },
      Damage("another CRC in the directory") { bytes, directory, _ in
        bytes.overwrite(UInt32(0), at: directory + 16)
      },
      Damage("another name in the entry") { bytes, _, _ in bytes[30] = UInt8(ascii: "x") },
      Damage("zip64: 67 million entries") { $0.appendZip64(count: 1 << 26, $1, $2) },
      Damage("zip64: 4 billion entries") { $0.appendZip64(count: 1 << 32, $1, $2) },
      Damage("zip64: 2^63 entries") { $0.appendZip64(count: 1 << 63, $1, $2) },
      Damage("zip64: no entries") { $0.appendZip64(count: 0, $1, $2) },
      Damage("zip64: directory at 2^62") { $0.appendZip64(offset: 1 << 62, $1, $2) },
      Damage("zip64: directory of 2^62 bytes") { $0.appendZip64(size: 1 << 62, $1, $2) },
      Damage("zip64: offset and size that wrap") {
        $0.appendZip64(size: UInt64.max, offset: 2, $1, $2)
      },
      Damage("zip64: record behind the end") { $0.appendZip64(record: 1 << 40, $1, $2) },
      Damage("zip64: record at 2^63") { $0.appendZip64(record: 1 << 63, $1, $2) },
      Damage("zip64: record in the data") { $0.appendZip64(record: 8, $1, $2) },
    ])
  func isRefused(damage: Damage) throws {
    var bytes = try sample.bytes(as: .torchZip)
    let (directory, end) = try places(in: bytes)
    damage.apply(&bytes, directory, end)
    let error = try #require(throws: CheckpointError.self) { try Checkpoint.read(bytes: bytes) }
    switch error.problem {
    case .zip, .badEntry, .wrongSize, .noPickle: break
    default: Issue.record("\(error)")
    }
  }

  @Test func honestZip64IsRead() throws {
    var bytes = try sample.bytes(as: .torchZip)
    let (directory, end) = try places(in: bytes)
    bytes.appendZip64(directory, end)
    #expect(try Checkpoint.read(bytes: bytes).tensors == sample.tensors)
  }

  @Test func twoPicklesAreNone() throws {
    let folder = TemporaryFolder()
    try Data(
      TorchArchiveWriter.archive(
        [("a/data.pkl", Array("}.".utf8)), ("b/data.pkl", Array("}.".utf8))], for: "a")
    ).write(to: URL(fileURLWithPath: folder.path + "/a"))
    #expect(throws: CheckpointError(folder.path + "/a", .noPickle)) {
      try Checkpoint.read(folder.path + "/a")
    }
  }

  private func places(in bytes: [UInt8]) throws -> (directory: Int, end: Int) {
    let end = try #require(bytes.lastRange(of: [0x50, 0x4b, 5, 6])).lowerBound
    let offset = bytes[end + 16..<end + 20].reversed().reduce(0) { $0 << 8 | Int($1) }
    return (offset, end)
  }
}

extension [UInt8] {
  /// Inserts zip64's two records before the end record, which then refers to them; fields that are
  /// nil get correct values.
  fileprivate mutating func appendZip64(
    count: UInt64? = nil, size: UInt64? = nil, offset: UInt64? = nil, record: UInt64? = nil,
    _ directory: Int, _ end: Int
  ) {
    let entries = UInt64(self[end + 8]) | UInt64(self[end + 9]) << 8
    var records = [UInt8](repeating: 0, count: 56 + 20)
    records.overwrite(UInt32(0x0606_4b50), at: 0)
    records.overwrite(UInt64(44), at: 4)
    records.overwrite(UInt16(45), at: 12)
    records.overwrite(UInt16(45), at: 14)
    records.overwrite(count ?? entries, at: 24)
    records.overwrite(count ?? entries, at: 32)
    records.overwrite(size ?? UInt64(end - directory), at: 40)
    records.overwrite(offset ?? UInt64(directory), at: 48)
    records.overwrite(UInt32(0x0706_4b50), at: 56)
    records.overwrite(record ?? UInt64(end), at: 64)
    records.overwrite(UInt32(1), at: 72)
    insert(contentsOf: records, at: end)
    let end = end + records.count
    overwrite(UInt16.max, at: end + 8)
    overwrite(UInt16.max, at: end + 10)
    overwrite(UInt32.max, at: end + 12)
    overwrite(UInt32.max, at: end + 16)
  }
}
