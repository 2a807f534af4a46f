import Kernels
import Testing

@testable import Layers

extension KernelTests {
  @Test(arguments: fast.filter { $0.supports(.bf16) }) func shorten(set: KernelSet) {
    var numbers = Numbers()
    for count in stride(from: 16, through: 160, by: 16) {
      let x = numbers.next(count)
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
