import Glibc

/// Reads the wanted values out of one line of JSON and steps over the rest.
///
/// A tree of each line, as Jansson makes it, would take five times as long as reading the disk: two
/// thirds of a record are landmarks that nobody asks for here.
struct JSONLine {
  /// What a key leads to.
  private indirect enum Target {
    case object([(key: [UInt8], target: Target)])
    case faces
    case frame(FrameField)
    case face(Int)
  }

  private static let root = tree(
    FrameField.allCases.map { ($0.path, .frame($0)) } + [("faces", .faces)])

  private static let faceRoot = tree(
    RecordField.allCases.flatMap { field in
      field.places.enumerated().map { ($0.element.path, Target.face(field.offset + $0.offset)) }
    })

  private static func tree(_ leaves: [(path: String, target: Target)]) -> Target {
    var members: [(key: [UInt8], target: Target)] = []
    var seen: Set<String> = []
    for leaf in leaves {
      let keys = leaf.path.split(separator: ".", maxSplits: 1).map(String.init)
      guard seen.insert(keys[0]).inserted else { continue }
      let inner = leaves.filter { $0.path.hasPrefix(keys[0] + ".") }
        .map { (String($0.path.dropFirst(keys[0].count + 1)), $0.target) }
      members.append((Array(keys[0].utf8), inner.isEmpty ? leaf.target : tree(inner)))
    }
    return .object(members)
  }

  private let bytes: UnsafeBufferPointer<UInt8>
  private var at = 0

  /// Fills `frame`; false where `line` is no JSON object.
  static func read(_ line: UnsafeBufferPointer<UInt8>, into frame: inout RecordedFrame) -> Bool {
    frame.reset()
    var reader = JSONLine(bytes: line)
    guard reader.read(root, into: &frame) else { return false }
    reader.skipSpace()
    return reader.at == line.count
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private mutating func read(_ target: Target, into frame: inout RecordedFrame) -> Bool {
    skipSpace()
    switch target {
    case .object(let members):
      guard at < bytes.count, bytes[at] == UInt8(ascii: "{") else { return skipValue() }
      return readObject(members, into: &frame)
    case .faces: return readFaces(into: &frame)
    case .frame(let field):
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
        guard let number = number() else { return false }
        frame.set(field, number, nil)
        return true
      }
      guard let text = text() else { return false }
      frame.set(field, .nan, text)
      return true
    case .face(let place):
      guard let number = number() else { return false }
      frame.values[frame.values.count - RecordedFace.count + place] = Float(number)
      return true
    }
  }

  private mutating func readObject(
    _ members: [(key: [UInt8], target: Target)], into frame: inout RecordedFrame
  ) -> Bool {
    guard take("{") else { return false }
    if take("}") { return true }
    // Writers keep their order: the next member wanted is most often the next one there.
    var expected = 0
    repeat {
      skipSpace()
      guard let key = stringRange(), take(":") else { return false }
      let index = find(key, members, from: expected)
      guard let index else {
        guard skipValue() else { return false }
        continue
      }
      expected = index + 1
      guard read(members[index].target, into: &frame) else { return false }
    } while take(",")
    return take("}")
  }

  private func find(
    _ key: Range<Int>, _ members: [(key: [UInt8], target: Target)], from expected: Int
  ) -> Int? {
    for step in 0..<members.count {
      let index = (expected + step) % members.count
      let name = members[index].key
      if name.count == key.count,
        memcmp(name, bytes.baseAddress! + key.lowerBound, name.count) == 0
      {
        return index
      }
    }
    return nil
  }

  private mutating func readFaces(into frame: inout RecordedFrame) -> Bool {
    guard take("[") else { return false }
    if take("]") { return true }
    guard case .object(let members) = Self.faceRoot else { return false }
    repeat {
      frame.appendFace()
      guard readObject(members, into: &frame) else { return false }
    } while take(",")
    return take("]")
  }

  // MARK: Tokens

  private mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x09, 0x0D].contains(bytes[at]) { at += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
    at += 1
    return true
  }

  /// What stands between the quotes, escapes as they are.
  private mutating func stringRange() -> Range<Int>? {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return nil }
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard at < bytes.count else { return nil }
    defer { at += 1 }
    return start..<at
  }

  private mutating func text() -> String? {
    guard let range = stringRange() else { return nil }
    return JSONText.unescaped(bytes[range])
  }

  /// A number, or 1 and 0 for `true` and `false`; `null` is nan, and what is not there nil.
  private mutating func number() -> Double? {
    let start = at
    while at < bytes.count, !Self.ends(bytes[at]) { at += 1 }
    let word = UnsafeBufferPointer(rebasing: bytes[start..<at])
    guard let first = word.first else { return nil }
    switch first {
    case UInt8(ascii: "t"): return 1
    case UInt8(ascii: "f"): return 0
    case UInt8(ascii: "n"): return .nan
    default: return decimal(word)
    }
  }

  private static func ends(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
      || byte == 0x20
  }

  /// Steps over a value, whatever it is.
  private mutating func skipValue() -> Bool {
    skipSpace()
    var depth = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""): guard stringRange() != nil else { return false }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return true }
        depth -= 1
        at += 1
      case UInt8(ascii: ",") where depth == 0: return true
      default: at += 1
      }
    }
    return depth == 0
  }
}
