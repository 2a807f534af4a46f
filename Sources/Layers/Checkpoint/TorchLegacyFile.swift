/// A file of `torch.save` before PyTorch 1.6: pickles of a magic number, a protocol number, facts
/// about the system, the object itself and the keys of its storages; then for each key a 64-bit
/// count and the numbers. Source: `_legacy_save` in torch/serialization.py.
struct TorchLegacyFile: TorchFile {
  static let format = Checkpoint.Format.torchLegacy
  private static let magic = PickleValue.largeInteger([
    0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
  ])
  private static let version = PickleValue.integer(1001)

  var path: String { file.path }
  var size: Int { file.size }
  let pickle: Pickle
  private let file: RandomAccessFile
  private let storages: [String: Place]

  /// Where the numbers of a storage are in the file.
  private struct Place {
    var offset: Int
    var count: Int
  }

  /// Whether the file starts like a pickle of any kind.
  static func recognises(_ prefix: [UInt8]) -> Bool { prefix.first == 0x80 }

  init(_ file: RandomAccessFile) throws(CheckpointError) {
    self.file = file
    // The only way to find out where the pickles end is to read them.
    var reader = PickleReader(try file.prefix(PickleReader.byteLimit))
    func next() throws(CheckpointError) -> Pickle {
      do { return try reader.read() } catch { throw CheckpointError(file.path, .pickle(error)) }
    }
    guard try next().root == Self.magic, try next().root == Self.version else {
      throw CheckpointError(file.path, .unknownFormat)
    }
    let system = try next()
    if system.dictionary(system.root)?.last(where: { $0.key == "little_endian" })?.value
      == .bool(false)
    {
      throw CheckpointError(file.path, .bigEndian)
    }
    pickle = try next()
    let keys = try next()
    storages = try Self.locate(
      keys.sequence(keys.root) ?? [], types: pickle.storageTypes, from: reader.position, in: file)
  }

  func bytes(of storage: TorchStorage, for tensor: String) throws(CheckpointError) -> [UInt8] {
    guard let place = storages[storage.key], place.count == storage.count else {
      throw CheckpointError(path, tensor: tensor, .badStorage)
    }
    return try file.bytes(at: place.offset, count: storage.byteCount)
  }

  private static func locate(
    _ keys: [PickleValue], types: [String: ElementType], from start: Int, in file: RandomAccessFile
  ) throws(CheckpointError) -> [String: Place] {
    var offset = start
    var storages: [String: Place] = [:]
    for key in keys {
      guard case .text(let key) = key, let type = types[key] else {
        throw CheckpointError(file.path, .badStorage)
      }
      let count = try file.bytes(at: offset, count: 8).withUnsafeBytes {
        Int(Int64(littleEndian: $0.loadUnaligned(as: Int64.self)))
      }
      offset += 8
      guard count >= 0, count <= (file.size - offset) / type.byteCount else {
        throw CheckpointError(file.path, .badStorage)
      }
      storages[key] = Place(offset: offset, count: count)
      offset += count * type.byteCount
    }
    return storages
  }
}

extension Pickle {
  /// By key, for every storage that the pickle names.
  fileprivate var storageTypes: [String: ElementType] {
    var types: [String: ElementType] = [:]
    for case .storage(let index) in containers.joined() {
      if let storage = TorchStorage(containers[index]) { types[storage.key] = storage.type }
    }
    return types
  }
}
