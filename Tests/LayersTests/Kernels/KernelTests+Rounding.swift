import Kernels
import Testing

@testable import Layers

extension KernelTests {
  /// Among them ties, both signs, infinity, what overflows to it, and what is no number; a multiple of
  /// 32.
  static let roundedFloats: [Float] = {
    let patterns: [UInt32] =
      (0..<4080).map { 0x3f80_0000 + $0 * 0x800 } + [
        0, 0x8000_0000, 0x7f80_0000, 0xff80_0000, 0x7f7f_ffff, 0x3f80_8000, 0x3f81_8000,
        0xbf81_7fff,
        0xbf81_8001, 0x0080_0000, 0x7fc0_0000, 0x7fa0_0001, 0x4049_0fdb, 0xc2f6_e979, 1 << 24,
        2 << 24,
      ]
    return patterns.map { Float(bitPattern: $0) }
  }()

  @Test(arguments: fast.filter { $0.supports(.bf16) }) func shorten(set: KernelSet) {
    var numbers = Numbers()
    let lengths = stride(from: 16, through: 160, by: 16)
    for x in lengths.map({ numbers.next($0) }) + [Self.roundedFloats] {
      let count = x.count
      let results = [Self.plain, set.pointer.pointee].map { kernels in
        var y = [UInt16](repeating: 77, count: count + 16)
        kernels.shorten!(x, &y, count)
        return y
      }
      #expect(results[0] == results[1])
      #expect(results[1].suffix(16).allSatisfy { $0 == 77 }, "it wrote beyond its output")
    }
  }
}
