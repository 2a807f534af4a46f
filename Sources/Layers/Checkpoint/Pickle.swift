/// The values that a pickle may contain. Containers are named by their index in
/// ``Pickle/containers``, so nesting costs no stack, sharing makes no copies and a cycle leaks
/// nothing.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case integer(Int)
  /// Wider than 64 bits, little-endian; no tensor needs one.
  case largeInteger([UInt8])
  case number(Double)
  case text(String)
  case tuple(Int)
  case list(Int)
  /// Keys and values alternate.
  case dictionary(Int)
  case constructor(PickleConstructor)
  /// The storage that `persistent_id` named: the index of its tuple.
  case storage(Int)
  /// The arguments of `_rebuild_tensor_v2`: the index of their tuple.
  case tensor(Int)
}

/// The only names that a pickle may call. None of them runs anything; they become values.
enum PickleConstructor: Equatable {
  case orderedDictionary
  case tensor
  case parameter
  case storage(ElementType)

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor_v2"): self = .tensor
    case ("torch._utils", "_rebuild_parameter"): self = .parameter
    case ("torch", _):
      guard let type = ElementType.allCases.first(where: { $0.torchStorage == name }) else {
        return nil
      }
      self = .storage(type)
    default: return nil
    }
  }
}

extension ElementType {
  /// The class name in PyTorch's module `torch`.
  var torchStorage: String {
    switch self {
    case .float64: "DoubleStorage"
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }
}

/// A pickle that has been read.
struct Pickle {
  var root: PickleValue = .none
  var containers: [[PickleValue]] = []

  /// The values of a tuple or list; nil for anything else.
  func sequence(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index), .list(let index): containers[index]
    default: nil
    }
  }

  /// The pairs of a dictionary whose keys are strings; nil for anything else.
  func dictionary(_ value: PickleValue) -> [(key: String, value: PickleValue)]? {
    guard case .dictionary(let index) = value else { return nil }
    let flat = containers[index]
    var pairs: [(String, PickleValue)] = []
    for position in stride(from: 0, to: flat.count, by: 2) {
      guard case .text(let key) = flat[position] else { return nil }
      pairs.append((key, flat[position + 1]))
    }
    return pairs
  }
}

public enum PickleError: Error, Equatable, Sendable {
  case endsEarly
  /// "posix.system"
  case forbidden(name: String)
  /// An opcode that no tensor needs, and its byte in the pickle.
  case unknownOpcode(UInt8, at: Int)
  /// An opcode whose operands are missing or of the wrong kind.
  case malformed(at: Int)
  /// More objects than the weights of any network need.
  case tooLarge
}
