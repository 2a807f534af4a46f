/// Runs the opcodes of a pickle, protocols 2 to 5, as far as `torch.save` uses them for tensors.
/// Opcodes: https://github.com/python/cpython/blob/main/Lib/pickletools.py
struct PickleReader {
  /// The pickle of an EMENet has 55 kB, and 6,000 of its opcodes create a value.
  static let byteLimit = 1 << 20
  private static let valueLimit = 1 << 18

  private let bytes: [UInt8]
  /// Offset of the next byte to read.
  private(set) var position: Int
  private var pickle = Pickle()
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var valueCount = 0

  init(_ bytes: [UInt8], at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// Reads up to and including the STOP opcode.
  mutating func read() throws(PickleError) -> Pickle {
    pickle = Pickle()
    (stack, marks, memo, valueCount) = ([], [], [:], 0)
    while true {
      let at = position
      let code = try byte()
      if code == Opcode.stop {
        pickle.root = try pop(at)
        return pickle
      }
      try run(code, at)
    }
  }

  private enum Opcode {
    static let stop = UInt8(ascii: ".")
  }

  private mutating func run(_ code: UInt8, _ at: Int) throws(PickleError) {
    switch (code, UnicodeScalar(code)) {
    case (0x80, _): _ = try byte()  // PROTO
    case (0x95, _): _ = try integer(byteCount: 8)  // FRAME
    case (_, "N"): try push(.none)
    case (0x88, _): try push(.bool(true))
    case (0x89, _): try push(.bool(false))
    case (_, "K"): try push(.integer(try integer(byteCount: 1)))
    case (_, "M"): try push(.integer(try integer(byteCount: 2)))
    case (_, "J"): try push(.integer(Int(Int32(truncatingIfNeeded: try integer(byteCount: 4)))))
    case (0x8a, _): try push(try longInteger(byteCount: try integer(byteCount: 1)))
    case (_, "G"):
      let bits = try integer(byteCount: 8)
      try push(.number(Double(bitPattern: UInt64(bitPattern: Int64(bits)).byteSwapped)))
    case (_, "X"): try push(.text(try text(byteCount: try integer(byteCount: 4), at)))
    case (0x8c, _): try push(.text(try text(byteCount: try integer(byteCount: 1), at)))
    case (_, "("): marks.append(stack.count)
    case (_, ")"): try push(.tuple(container([])))
    case (_, "]"): try push(.list(container([])))
    case (_, "}"): try push(.dictionary(container([])))
    case (_, "t"): try push(.tuple(container(try popMark(at))))
    case (0x85, _), (0x86, _), (0x87, _):  // TUPLE1, TUPLE2, TUPLE3
      try push(.tuple(container(try pop(Int(code) - 0x84, at))))
    case (_, "a"): try append([try pop(at)], at)
    case (_, "e"): try append(try popMark(at), at)
    case (_, "s"): try set(try pop(2, at), at)
    case (_, "u"): try set(try popMark(at), at)
    case (_, "q"): try memorize(try integer(byteCount: 1), at)
    case (_, "r"): try memorize(try integer(byteCount: 4), at)
    case (0x94, _): try memorize(memo.count, at)  // MEMOIZE
    case (_, "h"): try recall(try integer(byteCount: 1), at)
    case (_, "j"): try recall(try integer(byteCount: 4), at)
    case (_, "c"):
      let module = try line(at)
      try push(.constructor(try constructor(module, try line(at))))
    case (0x93, _):  // STACK_GLOBAL
      let names = try pop(2, at)
      guard case (.text(let module), .text(let name)) = (names[0], names[1]) else {
        throw .malformed(at: at)
      }
      try push(.constructor(try constructor(module, name)))
    case (_, "Q"):  // BINPERSID
      guard case .tuple(let index) = try pop(at) else { throw .malformed(at: at) }
      try push(.storage(index))
    case (_, "R"): try reduce(at)
    case (_, "b"):
      // BUILD: an OrderedDict of `Module.state_dict()` carries `_metadata`, which no tensor needs.
      _ = try pop(at)
      guard case .dictionary = try top(at) else { throw .malformed(at: at) }
    default: throw .unknownOpcode(code, at: at)
    }
  }

  private mutating func reduce(_ at: Int) throws(PickleError) {
    guard case .tuple(let index) = try pop(at), case .constructor(let constructor) = try pop(at)
    else { throw .malformed(at: at) }
    let arguments = pickle.containers[index]
    switch constructor {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw .malformed(at: at) }
      try push(.dictionary(container([])))
    case .tensor: try push(.tensor(index))
    case .parameter:
      guard let data = arguments.first, case .tensor = data else { throw .malformed(at: at) }
      try push(data)
    case .storage: throw .malformed(at: at)
    }
  }

  private func constructor(
    _ module: String, _ name: String
  ) throws(PickleError) -> PickleConstructor {
    guard let constructor = PickleConstructor(module: module, name: name) else {
      throw .forbidden(name: "\(module).\(name)")
    }
    return constructor
  }
}

// The stack.
extension PickleReader {
  private mutating func push(_ value: PickleValue) throws(PickleError) {
    valueCount += 1
    guard valueCount <= Self.valueLimit else { throw .tooLarge }
    stack.append(value)
  }

  private func top(_ at: Int) throws(PickleError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw .malformed(at: at)
    }
    return value
  }

  private mutating func pop(_ at: Int) throws(PickleError) -> PickleValue {
    let value = try top(at)
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int, _ at: Int) throws(PickleError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else { throw .malformed(at: at) }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popMark(_ at: Int) throws(PickleError) -> [PickleValue] {
    guard let mark = marks.popLast() else { throw .malformed(at: at) }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func container(_ values: [PickleValue]) -> Int {
    pickle.containers.append(values)
    return pickle.containers.count - 1
  }

  private mutating func append(_ values: [PickleValue], _ at: Int) throws(PickleError) {
    guard case .list(let index) = try top(at) else { throw .malformed(at: at) }
    pickle.containers[index] += values
  }

  private mutating func set(_ pairs: [PickleValue], _ at: Int) throws(PickleError) {
    guard case .dictionary(let index) = try top(at), pairs.count.isMultiple(of: 2) else {
      throw .malformed(at: at)
    }
    pickle.containers[index] += pairs
  }

  private mutating func memorize(_ key: Int, _ at: Int) throws(PickleError) {
    guard memo.count < Self.valueLimit else { throw .tooLarge }
    memo[key] = try top(at)
  }

  private mutating func recall(_ key: Int, _ at: Int) throws(PickleError) {
    guard let value = memo[key] else { throw .malformed(at: at) }
    try push(value)
  }
}

// The bytes.
extension PickleReader {
  private mutating func byte() throws(PickleError) -> UInt8 {
    guard position < bytes.count else { throw .endsEarly }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ count: Int) throws(PickleError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw .endsEarly }
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// Little-endian; unsigned if shorter than 8 bytes.
  private mutating func integer(byteCount: Int) throws(PickleError) -> Int {
    try take(byteCount).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Little-endian two's complement of any length.
  private mutating func longInteger(byteCount: Int) throws(PickleError) -> PickleValue {
    let digits = try take(byteCount)
    guard byteCount <= 8 else { return .largeInteger(Array(digits)) }
    let sign = digits.last.map { $0 >= 0x80 } ?? false
    return .integer(digits.reversed().reduce(sign ? -1 : 0) { $0 << 8 | Int($1) })
  }

  private mutating func text(byteCount: Int, _ at: Int) throws(PickleError) -> String {
    let bytes = try take(byteCount)
    // No valid name contains a 0, and the C libraries that take names would stop there.
    guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
      throw .malformed(at: at)
    }
    return text
  }

  private mutating func line(_ at: Int) throws(PickleError) -> String {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw .endsEarly
    }
    defer { position += 1 }
    return try text(byteCount: end - position, at)
  }
}
