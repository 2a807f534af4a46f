/// Sums over at most 257 pixels of the first three of their four bytes, added all at once.
struct ChannelSums {
  /// 16 bits each: of the first byte, the third and the second.
  private var bits: UInt64 = 0

  var first: UInt32 { UInt32(truncatingIfNeeded: bits & 0xffff) }
  var second: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
  var third: UInt32 { UInt32(truncatingIfNeeded: bits >> 16 & 0xffff) }

  mutating func add(_ pixel: UInt32) {
    bits &+= UInt64(pixel & 0xff00ff) | UInt64(pixel & 0xff00) << 24
  }

  mutating func add(_ other: ChannelSums) { bits &+= other.bits }

  /// One of so many parts.
  struct Share {
    /// Rounded up, so that quotients of sums of bytes are exact.
    fileprivate let reciprocal: UInt64

    /// - Parameter count: 1 to 257
    init(of count: Int) {
      precondition((1...257).contains(count))
      reciprocal = UInt64((1 << 24 + count - 1) / count)
    }
  }

  func mean(_ share: Share) -> (first: UInt8, second: UInt8, third: UInt8) {
    func part(_ sum: UInt32) -> UInt8 {
      UInt8(truncatingIfNeeded: (UInt64(sum) &* share.reciprocal) >> 24)
    }
    return (part(first), part(second), part(third))
  }
}
