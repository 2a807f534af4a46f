import Foundation
import TestSupport

@testable import Layers

/// Files of each format as bytes, so that tests can damage them.
extension Checkpoint {
  /// The content of a file in this format.
  func bytes(as format: Format) throws -> [UInt8] {
    guard format != .torchLegacy else { return legacyBytes }
    return try serialized(as: format, for: "a")
  }

  /// The format of `torch.save` before 1.6, which the program itself never writes.
  private var legacyBytes: [UInt8] {
    let tensors = sortedTensors
    return Self.legacyBytes(
      object: TorchArchiveWriter.pickle(tensors, metadata),
      storages: tensors.map { ($0.tensor.values.count, $0.tensor.type.encode($0.tensor.values)) })
  }

  /// - Parameters:
  ///   - object: the pickle of the state dict
  ///   - storages: named "0", "1", …, each with the count written before its bytes
  static func legacyBytes(object: [UInt8], storages: [(count: Int, bytes: [UInt8])]) -> [UInt8] {
    let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
    var protocolNumber = PickleWriter()
    protocolNumber.integer(1001)
    protocolNumber.opcode(".")
    var system = PickleWriter()
    system.dictionary {
      $0.text("little_endian")
      $0.opcode("\u{88}")
    }
    system.opcode(".")
    var keys = PickleWriter()
    keys.tuple { for index in storages.indices { $0.text(String(index)) } }
    keys.opcode(".")
    return [0x80, 2, 0x8a, 10] + magic + Array(".".utf8) + protocolNumber.bytes + system.bytes
      + object + keys.bytes
      + storages.flatMap { storage in
        withUnsafeBytes(of: Int64(storage.count).littleEndian) { Array($0) } + storage.bytes
      }
  }

  /// Reads `bytes` as a file's.
  static func read(bytes: [UInt8]) throws -> Checkpoint {
    let file = TemporaryFile(bytes)
    return try read(file.path)
  }
}

extension [UInt8] {
  /// The last occurrence of `bytes`.
  func lastRange(of bytes: [UInt8]) -> Range<Int>? {
    (0...Swift.max(0, count - bytes.count)).reversed().first {
      self[$0...].starts(with: bytes)
    }.map { $0..<$0 + bytes.count }
  }

  /// Writes `value` in little-endian order at `offset`.
  mutating func overwrite(_ value: some FixedWidthInteger, at offset: Int) {
    Swift.withUnsafeBytes(of: value.littleEndian) {
      replaceSubrange(offset..<offset + $0.count, with: $0)
    }
  }
}
