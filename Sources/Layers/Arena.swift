import Glibc
import Runtime

/// A block of memory that is planned at load time and handed out from its start. Untouched memory
/// costs nothing.
package final class Arena {
  private let base: UnsafeMutableRawPointer
  private let reserved: Int
  private let start: Int
  private var used = 0

  /// Uses pages of 2 MiB if the system has them: a network's weights then need four entries of the
  /// address cache instead of two thousand.
  private static let page = 2 << 20

  package init(bytes: Int) {
    reserved = bytes + Self.page
    let memory = mmap(nil, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { endForWantOfMemory() }
    base = memory
    start = -Int(bitPattern: memory) & (Self.page - 1)
    madvise(memory + start, bytes, Int32(MADV_HUGEPAGE))
  }

  deinit { munmap(base, reserved) }

  /// - Returns: `count` zeros at a multiple of 64 bytes, valid as long as the arena exists
  package func floats(_ count: Int) -> UnsafeMutablePointer<Float> { memory(for: count) }

  /// The same for bfloat16.
  package func shorts(_ count: Int) -> UnsafeMutablePointer<UInt16> { memory(for: count) }

  package func floats(_ values: [Float]) -> UnsafePointer<Float> { constants(values).baseAddress! }

  /// A copy of `values`, valid as long as the arena exists.
  package func constants<Value: BitwiseCopyable>(_ values: [Value]) -> UnsafeBufferPointer<Value> {
    let pointer: UnsafeMutablePointer<Value> = memory(for: values.count)
    pointer.initialize(from: values, count: values.count)
    return UnsafeBufferPointer(start: pointer, count: values.count)
  }

  private func memory<Value: BitwiseCopyable>(for count: Int) -> UnsafeMutablePointer<Value> {
    let pointer = base + start + used
    used += (count * MemoryLayout<Value>.stride + 63) & ~63
    precondition(start + used <= reserved, "the arena was planned larger")
    return pointer.bindMemory(to: Value.self, capacity: count)
  }
}
