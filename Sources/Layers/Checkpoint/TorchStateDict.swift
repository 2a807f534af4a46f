/// The tensors that a pickle of `torch.save` describes, before their numbers are read.
struct TorchStateDict {
  var tensors: [TorchTensor] = []
  var metadata: [String: String] = [:]

  /// `{'state_dict': {…}, 'epoch': 4, …}` or a bare state dict.
  ///
  /// - Parameter fileSize: bytes; tensors may share a storage, but no file may ask for more numbers
  ///   than it has bytes
  init(_ pickle: Pickle, path: String, fileSize: Int) throws(CheckpointError) {
    guard let root = pickle.dictionary(pickle.root) else {
      throw CheckpointError(path, .noStateDict)
    }
    let wrapped = root.last { $0.key == "state_dict" }?.value
    guard let entries = wrapped.map(pickle.dictionary) ?? root else {
      throw CheckpointError(path, .noStateDict)
    }
    var seen: Set<String> = []
    for (name, value) in entries {
      guard seen.insert(name).inserted else {
        throw CheckpointError(path, tensor: name, .duplicate)
      }
      tensors.append(try TorchTensor(name, value, pickle, path))
    }
    if wrapped != nil { addMetadata(root, pickle) }
    let total = tensors.reduce(0) { $0 + $1.shape.count }
    let limit = min(fileSize, TensorShape.countLimit)
    guard total <= limit else { throw CheckpointError(path, .tooManyNumbers(total, limit: limit)) }
  }

  /// Numbers and strings next to the state dict, and those in a dictionary called `metadata`.
  private mutating func addMetadata(
    _ entries: [(key: String, value: PickleValue)], _ pickle: Pickle
  ) {
    for (key, value) in entries {
      switch value {
      case .integer(let number): metadata[key] = String(number)
      case .number(let number): metadata[key] = String(number)
      case .text(let text): metadata[key] = text
      case .dictionary where key == "metadata":
        addMetadata(pickle.dictionary(value)?.filter { $0.key != "metadata" } ?? [], pickle)
      default: break
      }
    }
  }
}

/// One tensor of a state dict: which numbers of which storage.
struct TorchTensor {
  var name: String
  var storage: TorchStorage
  var offset: Int
  var shape: TensorShape
  /// One per dimension, in numbers, not bytes.
  var strides: [Int]

  /// `_rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, hooks)`
  init(
    _ name: String, _ value: PickleValue, _ pickle: Pickle, _ path: String
  ) throws(CheckpointError) {
    func problem(_ problem: CheckpointError.Problem) -> CheckpointError {
      CheckpointError(path, tensor: name, problem)
    }
    guard case .tensor(let index) = value else { throw problem(.notATensor) }
    let arguments = pickle.containers[index]
    guard arguments.count >= 4, case .storage(let storageIndex) = arguments[0],
      let size = pickle.sequence(arguments[2]), let stride = pickle.sequence(arguments[3])
    else { throw problem(.notATensor) }
    guard let storage = TorchStorage(pickle.containers[storageIndex]) else {
      throw problem(.badStorage)
    }
    guard let shape = size.wholeNumbers.flatMap({ TensorShape($0) }) else {
      throw problem(.badShape(size.map(\.asDouble)))
    }
    guard case .integer(let offset) = arguments[1], let strides = stride.wholeNumbers,
      strides.count == shape.dimensions.count,
      Self.fits(offset, shape, strides, in: storage.count)
    else {
      throw problem(
        .outsideStorage(
          offset: arguments[1].asDouble, shape: shape.dimensions,
          strides: stride.map(\.asDouble), count: storage.count))
    }
    self.name = name
    self.storage = storage
    self.offset = offset
    self.shape = shape
    self.strides = strides
  }

  /// Whether every number lies inside the storage. A tensor with more numbers than its storage
  /// (`expand`) is rejected: no weight is like that, and a small file could demand any amount of
  /// memory.
  private static func fits(
    _ offset: Int, _ shape: TensorShape, _ strides: [Int], in count: Int
  ) -> Bool {
    guard offset >= 0, offset <= count, shape.count <= count else { return false }
    guard shape.count > 0 else { return true }
    var last = offset
    for (dimension, stride) in zip(shape.dimensions, strides) {
      let (step, overflow) = (dimension - 1).multipliedReportingOverflow(by: stride)
      guard stride >= 0, !overflow else { return false }
      let (sum, overflowed) = last.addingReportingOverflow(step)
      guard !overflowed else { return false }
      last = sum
    }
    return last < count
  }

  /// The tensor's numbers in row-major order, taken from those of its storage.
  func gather(_ numbers: [Float]) -> [Float] {
    guard shape.count > 0 else { return [] }
    var index = [Int](repeating: 0, count: strides.count)
    var position = offset
    return (0..<shape.count).map { _ in
      defer {
        // Advances to the next index, the last dimension first.
        for axis in index.indices.reversed() {
          index[axis] += 1
          position += strides[axis]
          if index[axis] < shape.dimensions[axis] { break }
          position -= index[axis] * strides[axis]
          index[axis] = 0
        }
      }
      return numbers[position]
    }
  }
}

/// `('storage', torch.FloatStorage, key, device, count)`; the device it was saved on is irrelevant.
struct TorchStorage: Equatable {
  var type: ElementType
  var key: String
  /// In numbers, not bytes.
  var count: Int

  init?(_ tuple: [PickleValue]) {
    guard tuple.count >= 5, tuple[0] == .text("storage"),
      case .constructor(.storage(let type)) = tuple[1], case .text(let key) = tuple[2],
      case .integer(let count) = tuple[4], (0...TensorShape.countLimit).contains(count)
    else { return nil }
    // The old format has a sixth value for storages that are views of others; PyTorch has not
    // written any since 0.4.
    guard tuple.count == 5 || tuple[5] == .none else { return nil }
    self.type = type
    self.key = key
    self.count = count
  }

  var byteCount: Int { count * type.byteCount }
}

extension PickleValue {
  fileprivate var asDouble: Double {
    switch self {
    case .integer(let value): Double(value)
    case .largeInteger: .infinity
    default: .nan
    }
  }
}

extension [PickleValue] {
  /// nil if any of them is not a whole number.
  fileprivate var wholeNumbers: [Int]? {
    var numbers: [Int] = []
    for value in self {
      guard case .integer(let number) = value else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
