/// Where the parts of a file of `torch.save` are.
protocol TorchFile {
  static var format: Checkpoint.Format { get }
  var path: String { get }
  /// Size of the whole file, in bytes.
  var size: Int { get }
  var pickle: Pickle { get }
  /// The bytes of a storage, exactly `byteCount` of them; `tensor` is for the error.
  func bytes(of storage: TorchStorage, for tensor: String) throws(CheckpointError) -> [UInt8]
}

extension Checkpoint {
  static func read<File: TorchFile>(archive file: File) throws(CheckpointError) -> Checkpoint {
    let state = try TorchStateDict(file.pickle, path: file.path, fileSize: file.size)
    var checkpoint = Checkpoint(
      path: file.path, format: File.format, tensors: [:], metadata: state.metadata)
    // One storage at a time, because several tensors may share it.
    let byStorage = Dictionary(grouping: state.tensors, by: \.storage.key)
    for (_, tensors) in byStorage.sorted(by: { $0.key < $1.key }) {
      let storage = tensors[0].storage
      if let other = tensors.first(where: { $0.storage != storage }) {
        throw CheckpointError(file.path, tensor: other.name, .badStorage)
      }
      let numbers = storage.type.decode(try file.bytes(of: storage, for: tensors[0].name))
      for tensor in tensors {
        let read = Tensor(
          shape: tensor.shape.dimensions, values: tensor.gather(numbers), type: storage.type)
        if let index = read.firstNotFinite {
          throw CheckpointError(file.path, tensor: tensor.name, .notFinite(index: index))
        }
        checkpoint.tensors[tensor.name] = read
      }
    }
    return checkpoint
  }
}
