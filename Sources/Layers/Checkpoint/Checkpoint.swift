import Runtime

/// The contents of a file of trained weights.
public struct Checkpoint: Sendable {
  public var path: String
  public var format: Format
  public var tensors: [String: Tensor]
  /// Metadata about the weights: `architecture`, `input_channels`, `temporal`, `training`, …
  public var metadata: [String: String]

  public enum Format: Equatable, Sendable {
    case safetensors
    /// PyTorch's `torch.save`: a zip archive since 1.6, a run of pickles before.
    case torchZip
    case torchLegacy
  }

  public init(
    path: String, format: Format = .safetensors, tensors: [String: Tensor],
    metadata: [String: String] = [:]
  ) {
    self.path = path
    self.format = format
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Reads a file. Its content decides the format, not its name. Nothing in a file is ever
  /// executed, and no file makes the reader allocate much more than its own size.
  public static func read(_ path: String) throws(CheckpointError) -> Checkpoint {
    let file = try RandomAccessFile(path)
    let prefix = try file.prefix(9)
    if TorchArchive.recognises(prefix) {
      return try .read(archive: TorchArchive(file)).withoutParallelPrefix
    }
    // Checked before the old format, since a header's length may begin with the byte of a pickle.
    if SafetensorsReader.recognises(prefix) {
      return try SafetensorsReader(file).read().withoutParallelPrefix
    }
    if TorchLegacyFile.recognises(prefix) {
      return try .read(archive: TorchLegacyFile(file)).withoutParallelPrefix
    }
    throw CheckpointError(path, .unknownFormat)
  }

  /// `torch.nn.DataParallel` and `DistributedDataParallel` prefix every name of the module that
  /// they wrap with "module.".
  private var withoutParallelPrefix: Checkpoint {
    let prefix = "module."
    guard !tensors.isEmpty, tensors.keys.allSatisfy({ $0.hasPrefix(prefix) }) else { return self }
    var checkpoint = self
    checkpoint.tensors = Dictionary(
      uniqueKeysWithValues: tensors.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    return checkpoint
  }

  /// The bytes of a file in safetensors or PyTorch's zip format. Each tensor keeps its
  /// ``Tensor/type``.
  ///
  /// - Parameter path: the destination, named in errors
  public func serialized(as format: Format, for path: String) throws(CheckpointError) -> [UInt8] {
    switch format {
    case .safetensors: try SafetensorsWriter.bytes(self, for: path)
    case .torchZip, .torchLegacy: try TorchArchiveWriter.bytes(self, for: path)
    }
  }

  /// Covers metadata, names and values: distinguishes weights whose files have the same name.
  public var fingerprint: UInt64 {
    var hash = FNV1a()
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { hash.add(key + value) }
    for (name, tensor) in sortedTensors {
      hash.add(name)
      for value in tensor.values { hash.add(UInt64(value.bitPattern)) }
    }
    return hash.value
  }

  /// By name.
  public var sortedTensors: [(name: String, tensor: Tensor)] {
    tensors.map { (name: $0.key, tensor: $0.value) }.sorted { $0.name < $1.name }
  }
}

extension Checkpoint {
  /// Checks that the tensors are those a network needs.
  ///
  /// - Parameters:
  ///   - shapes: by name, every tensor that must be present
  ///   - ignored: names that may be present without being required
  public func check(
    against shapes: [String: [Int]], ignoring ignored: (String) -> Bool = { _ in false }
  ) throws(CheckpointError) {
    let found = tensors.filter { !ignored($0.key) }
    let mismatch = CheckpointError.Mismatch(
      missing: shapes.keys.filter { found[$0] == nil }.sorted(),
      unexpected: found.keys.filter { shapes[$0] == nil }.sorted(),
      misshapen: shapes.compactMap { name, expected in
        guard let shape = found[name]?.shape, shape != expected else { return nil }
        return .init(name: name, expected: expected, found: shape)
      }.sorted { $0.name < $1.name })
    guard mismatch == .init() else { throw CheckpointError(path, .mismatch(mismatch)) }
  }
}
