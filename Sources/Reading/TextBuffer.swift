/// The bytes of one line, reused from line to line so that writing records allocates nothing.
package struct TextBuffer {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  package mutating func append(_ text: StaticString) {
    bytes.append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  package mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  package mutating func append(_ value: Int) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var unit: UInt = 1
    while value.magnitude / unit >= 10 { unit *= 10 }
    while unit > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(value.magnitude / unit % 10))
      unit /= 10
    }
  }

  /// Writes at most `decimals` digits after the point and at least one: "0.5", "212.0". Returns
  /// false and appends nothing if `value` is not finite.
  @discardableResult
  package mutating func append(_ value: Double, decimals: Int) -> Bool {
    guard value.isFinite else { return false }
    var unit = 1
    for _ in 0..<decimals { unit *= 10 }
    let scaled = (value * Double(unit)).rounded()
    guard abs(scaled) < 1e15 else {
      append(value.description)
      return true
    }
    let number = Int(scaled)
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    append(abs(number) / unit)
    bytes.append(UInt8(ascii: "."))
    var rest = abs(number) % unit
    repeat {
      unit /= 10
      bytes.append(UInt8(ascii: "0") + UInt8(rest / unit))
      rest %= unit
    } while rest > 0
    return true
  }
}

/// Digits after the point, by quantity.
package enum Decimals {
  /// s: microseconds, the resolution of the clocks of cameras and files
  package static let time = 6
  package static let pixels = 2
  package static let milliseconds = 2
  /// Probabilities, valence, arousal and uncertainties: more digits than float32 networks agree on.
  package static let estimate = 6
}
