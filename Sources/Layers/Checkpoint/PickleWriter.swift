/// Writes the opcodes of a pickle, protocol 2, that `torch.load` reads back as tensors.
struct PickleWriter {
  private(set) var bytes: [UInt8] = [0x80, 2]

  mutating func opcode(_ character: UnicodeScalar) { bytes.append(UInt8(character.value)) }

  mutating func text(_ text: String) {
    opcode("X")
    append(UInt32(text.utf8.count))
    bytes += text.utf8
  }

  mutating func integer(_ value: Int) {
    if let value = Int32(exactly: value) {
      opcode("J")
      append(value)
    } else {
      bytes += [0x8a, 8]  // LONG1
      append(Int64(value))
    }
  }

  mutating func global(_ module: String, _ name: String) {
    opcode("c")
    bytes += "\(module)\n\(name)\n".utf8
  }

  mutating func tuple(_ content: (inout PickleWriter) -> Void) {
    opcode("(")
    content(&self)
    opcode("t")
  }

  /// `content` writes keys and values alternately.
  mutating func dictionary(_ content: (inout PickleWriter) -> Void) {
    opcode("}")
    opcode("(")
    content(&self)
    opcode("u")
  }

  /// `content` writes keys and values alternately.
  mutating func orderedDictionary(_ content: (inout PickleWriter) -> Void) {
    global("collections", "OrderedDict")
    opcode(")")
    opcode("R")
    opcode("(")
    content(&self)
    opcode("u")
  }

  /// A contiguous tensor that does not share its storage.
  mutating func tensor(_ tensor: Tensor, storage key: String) {
    global("torch._utils", "_rebuild_tensor_v2")
    tuple { pickle in
      pickle.tuple {
        $0.text("storage")
        $0.global("torch", tensor.type.torchStorage)
        $0.text(key)
        $0.text("cpu")
        $0.integer(tensor.values.count)
      }
      pickle.opcode("Q")
      pickle.integer(0)
      pickle.tuple { for dimension in tensor.shape { $0.integer(dimension) } }
      pickle.tuple { for stride in tensor.contiguousStrides { $0.integer(stride) } }
      pickle.bytes.append(0x89)  // requires_grad: false
      pickle.orderedDictionary { _ in }
    }
    opcode("R")
  }

  private mutating func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}

extension Tensor {
  /// The distance in `values` between neighbours along each axis.
  var contiguousStrides: [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }
}
