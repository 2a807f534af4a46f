/// Numbers with a shape, row-major: the last index varies fastest.
public struct Tensor: Equatable, Sendable {
  /// `[]` for a single number.
  public var shape: [Int]
  /// As many values as the product of `shape`.
  public var values: [Float]
  /// How a file stores the values; in memory they are always `Float`.
  public var type: ElementType

  public init(shape: [Int], values: [Float], type: ElementType = .float32) {
    precondition(values.count == shape.reduce(1, *), "as many values as the shape has places")
    self.shape = shape
    self.values = values
    self.type = type
  }
}

extension Tensor {
  /// The index of the first infinity or NaN.
  var firstNotFinite: Int? { values.firstIndex { !$0.isFinite } }
}

/// The format of one number in a file, little-endian. The raw value is its name in safetensors.
public enum ElementType: String, CaseIterable, Sendable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint8 = "U8"
  case bool = "BOOL"

  public var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}

extension ElementType {
  /// Reads `bytes.count / byteCount` numbers. Wider types are rounded to the nearest `Float`.
  func decode(_ bytes: [UInt8]) -> [Float] {
    func numbers<Number: BitwiseCopyable>(
      _: Number.Type, _ convert: (Number) -> Float
    ) -> [Float] {
      let size = MemoryLayout<Number>.size
      // A start decodes ten million numbers, so they are written in place.
      return [Float](unsafeUninitializedCapacity: bytes.count / size) { values, count in
        count = bytes.count / size
        bytes.withUnsafeBytes { bytes in
          for index in 0..<count {
            let number = bytes.loadUnaligned(fromByteOffset: index * size, as: Number.self)
            values.initializeElement(at: index, to: convert(number))
          }
        }
      }
    }
    return switch self {
    case .float64: numbers(Double.self) { Float($0) }
    case .float32: numbers(Float.self) { $0 }
    case .float16: numbers(Float16.self) { Float($0) }
    case .bfloat16: numbers(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int64: numbers(Int64.self) { Float($0) }
    case .int32: numbers(Int32.self) { Float($0) }
    case .int16: numbers(Int16.self) { Float($0) }
    case .int8: numbers(Int8.self) { Float($0) }
    case .uint8: numbers(UInt8.self) { Float($0) }
    case .bool: numbers(UInt8.self) { $0 == 0 ? 0 : 1 }
    }
  }
}

extension ElementType {
  /// The inverse of `decode`: rounds to the nearest number of the type, ties to even.
  func encode(_ values: [Float]) -> [UInt8] {
    func bytes<Number>(_ convert: (Float) -> Number) -> [UInt8] {
      values.map(convert).withUnsafeBytes { Array($0) }
    }
    return switch self {
    case .float64: bytes { Double($0) }
    case .float32: bytes { $0 }
    case .float16: bytes { Float16($0) }
    case .bfloat16:
      bytes { value in
        let bits = value.bitPattern
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
      }
    case .int64: bytes { Int64(nearest: $0) }
    case .int32: bytes { Int32(nearest: $0) }
    case .int16: bytes { Int16(nearest: $0) }
    case .int8: bytes { Int8(nearest: $0) }
    case .uint8: bytes { UInt8(nearest: $0) }
    case .bool: bytes { $0 == 0 ? UInt8(0) : 1 }
    }
  }
}

extension FixedWidthInteger {
  fileprivate init(nearest value: Float) {
    let rounded = value.rounded(.toNearestOrEven)
    self = Self(exactly: rounded) ?? (rounded > 0 ? .max : .min)
  }
}
