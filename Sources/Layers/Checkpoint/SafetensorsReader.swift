import CJansson

/// Reads safetensors: eight bytes with the length of a JSON header, the header, then the tensors'
/// bytes without gaps. https://github.com/huggingface/safetensors#format
struct SafetensorsReader {
  /// The reference's cap is 100 MB; the header of an EMENet has 32 kB.
  static let headerLimit = 1 << 20
  static let metadataKey = "__metadata__"

  private let file: RandomAccessFile

  init(_ file: RandomAccessFile) {
    self.file = file
  }

  /// Whether the file starts like safetensors: a length, and a header that opens with `{`.
  static func recognises(_ prefix: [UInt8]) -> Bool {
    prefix.count > 8 && prefix[8] == UInt8(ascii: "{")
  }

  func read() throws(CheckpointError) -> Checkpoint {
    let headerCount = try file.bytes(at: 0, count: 8).withUnsafeBytes {
      UInt64(littleEndian: $0.load(as: UInt64.self))
    }
    guard headerCount <= Self.headerLimit else {
      throw problem(
        .headerTooLarge(bytes: Int(clamping: headerCount), limit: Self.headerLimit))
    }
    let header = try file.bytes(at: 8, count: Int(headerCount))
    let (entries, metadata) = try parse(header)
    let data = 8 + header.count
    try checkLayout(entries, dataSize: file.size - data)
    let total = entries.reduce(0) { $0 + $1.shape.reduce(1, *) }
    guard total <= TensorShape.countLimit else {
      throw problem(.tooManyNumbers(total, limit: TensorShape.countLimit))
    }

    var tensors: [String: Tensor] = [:]
    for entry in entries {
      let bytes = try file.bytes(at: data + entry.begin, count: entry.end - entry.begin)
      let tensor = Tensor(
        shape: entry.shape, values: entry.type.decode(bytes), type: entry.type)
      if let index = tensor.firstNotFinite { throw problem(.notFinite(index: index), entry.name) }
      tensors[entry.name] = tensor
    }
    return Checkpoint(path: file.path, tensors: tensors, metadata: metadata)
  }

  private func problem(
    _ problem: CheckpointError.Problem, _ tensor: String? = nil
  ) -> CheckpointError {
    CheckpointError(file.path, tensor: tensor, problem)
  }
}

/// One tensor of the header; `begin` and `end` in bytes of the data section.
private struct Entry {
  var name: String
  var type: ElementType
  var shape: [Int]
  var begin: Int
  var end: Int
}

extension SafetensorsReader {
  private func parse(
    _ header: [UInt8]
  ) throws(CheckpointError) -> (entries: [Entry], metadata: [String: String]) {
    var error = json_error_t()
    // Numbers are read as Double, so that one wider than 64 bits is reported at its tensor, not as
    // a syntax error.
    let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL)
    let root = header.withUnsafeBytes { json_loadb($0.baseAddress, $0.count, flags, &error) }
    defer { json_decref(root) }
    guard let root, root.pointee.type == JSON_OBJECT else {
      throw problem(.badHeader(reason: root == nil ? error.words : "an object is expected"))
    }
    var entries: [Entry] = []
    var metadata: [String: String] = [:]
    for (name, value) in members(of: root) {
      if name == Self.metadataKey {
        metadata = try words(value)
      } else {
        entries.append(try entry(name, value))
      }
    }
    return (entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }, metadata)
  }

  private func entry(
    _ name: String, _ value: OpaqueJSON
  ) throws(CheckpointError) -> Entry {
    guard
      let typeName = string(json_object_get(value, "dtype")),
      let dimensions = numbers(json_object_get(value, "shape")),
      let offsets = numbers(json_object_get(value, "data_offsets")), offsets.count == 2,
      json_object_size(value) == 3
    else {
      throw problem(
        .badHeader(reason: "dtype, shape and two data_offsets are expected, nothing else"), name)
    }
    guard let type = ElementType(rawValue: typeName) else {
      throw problem(.unsupportedType(typeName), name)
    }
    guard let shape = TensorShape(dimensions) else { throw problem(.badShape(dimensions), name) }
    guard let begin = Int(exactly: offsets[0]), let end = Int(exactly: offsets[1]) else {
      throw problem(.badOffsets(begin: offsets[0], end: offsets[1], size: file.size), name)
    }
    return Entry(name: name, type: type, shape: shape.dimensions, begin: begin, end: end)
  }

  /// In the order of their bytes, entries must follow each other without gap or overlap, each as
  /// long as its shape says, from the first byte of the data section to its last.
  private func checkLayout(_ entries: [Entry], dataSize: Int) throws(CheckpointError) {
    var previous: Entry?
    for entry in entries {
      guard entry.begin >= 0, entry.begin <= entry.end, entry.end <= dataSize else {
        throw problem(
          .badOffsets(begin: Double(entry.begin), end: Double(entry.end), size: dataSize),
          entry.name)
      }
      let expected = entry.shape.reduce(1, *) * entry.type.byteCount
      guard entry.end - entry.begin == expected else {
        throw problem(
          .wrongSize(expected: expected, found: entry.end - entry.begin), entry.name)
      }
      let reached = previous?.end ?? 0
      if let previous, entry.begin < reached {
        throw problem(.overlap(with: previous.name), entry.name)
      }
      guard entry.begin == reached else {
        throw problem(.hole(from: reached, to: entry.begin), entry.name)
      }
      previous = entry
    }
    let reached = previous?.end ?? 0
    guard reached == dataSize else { throw problem(.hole(from: reached, to: dataSize)) }
  }

  private func words(_ value: OpaqueJSON) throws(CheckpointError) -> [String: String] {
    var words: [String: String] = [:]
    for (key, value) in members(of: value) {
      guard let text = string(value) else {
        throw problem(.badHeader(reason: "__metadata__ maps words to words, '\(key)' does not"))
      }
      words[key] = text
    }
    return words
  }
}

private typealias OpaqueJSON = UnsafeMutablePointer<json_t>

/// Empty if `value` is not an object.
private func members(of value: OpaqueJSON) -> [(String, OpaqueJSON)] {
  var members: [(String, OpaqueJSON)] = []
  var iterator = json_object_iter(value)
  while let current = iterator {
    if let key = json_object_iter_key(current), let value = json_object_iter_value(current) {
      members.append((String(cString: key), value))
    }
    iterator = json_object_iter_next(value, current)
  }
  return members
}

/// nil if `value` is not a string.
private func string(_ value: OpaqueJSON?) -> String? {
  json_string_value(value).map { String(cString: $0) }
}

/// nil if `value` is not an array of numbers.
private func numbers(_ value: OpaqueJSON?) -> [Double]? {
  guard let value, value.pointee.type == JSON_ARRAY else { return nil }
  var numbers: [Double] = []
  for index in 0..<json_array_size(value) {
    guard let number = json_array_get(value, index), number.pointee.type == JSON_REAL else {
      return nil
    }
    numbers.append(json_real_value(number))
  }
  return numbers
}

extension json_error_t {
  fileprivate var words: String {
    withUnsafeBytes(of: text) { String(cString: $0.bindMemory(to: CChar.self).baseAddress!) }
  }
}
