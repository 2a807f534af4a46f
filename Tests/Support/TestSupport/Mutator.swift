/// Damages bytes; a seed always causes the same damage.
package struct Mutator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// Applies one to three common changes.
  package mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<1 + number(below: 3) { damage(&bytes) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return }
    let place = number(below: bytes.count)
    switch number(below: 8) {
    case 0: bytes[place] ^= 1 << UInt8(number(below: 8))
    case 1: bytes[place] = UInt8(number(below: 256))
    case 2: bytes[place] = [0, 1, 0x7f, 0x80, 0xff, 0x2e, 0x28, 0x22].randomElement(using: &self)!
    case 3:
      // A length or an offset becomes far too large or small.
      let width = [2, 4, 8].randomElement(using: &self)!
      let value =
        [0, 1, 0x7fff_ffff, 0xffff_ffff, 1 << 40, .max, .max / 2].randomElement(
          using: &self)! as UInt64
      guard place + width <= bytes.count else { return }
      for index in 0..<width {
        bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
      }
    case 4: bytes.removeSubrange(place..<min(bytes.count, place + 1 + number(below: 16)))
    case 5: bytes.removeLast(number(below: bytes.count))
    case 6:
      let part = Array(bytes[place..<min(bytes.count, place + 1 + number(below: 64))])
      bytes.insert(contentsOf: part, at: number(below: bytes.count))
    default:
      // A number in text changes.
      let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
      if let digit = digits.randomElement(using: &self) {
        bytes[digit] = UInt8(0x30 + number(below: 10))
      }
    }
  }

  package mutating func number(below limit: Int) -> Int { Int(next() % UInt64(limit)) }
}

/// SplitMix64.
extension Mutator: RandomNumberGenerator {
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
