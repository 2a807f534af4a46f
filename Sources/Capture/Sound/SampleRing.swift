import Imaging
import Runtime

/// Ring buffer of the most recent samples, addressed by sample number. One thread appends, any
/// thread may read.
///
/// `@unchecked Sendable`: the memory is only accessed under the lock of `newest`.
final class SampleRing: @unchecked Sendable {
  let capacity: Int
  private let samples: UnsafeMutablePointer<Int16>
  /// Number of the newest sample plus one.
  private let newest = Locked(0)

  init(capacity: Int) {
    self.capacity = capacity
    samples = .allocate(capacity: capacity)
    samples.initialize(repeating: 0, count: capacity)
  }

  deinit { samples.deallocate() }

  /// Number of the newest sample plus one.
  var end: Int { newest.withLock { $0 } }
  /// Number of the oldest sample that is still stored.
  var start: Int { max(0, end - capacity) }

  func append(_ block: UnsafeBufferPointer<Int16>) {
    newest.withLock { end in
      // Skips samples that would be overwritten at once.
      for index in max(0, block.count - capacity)..<block.count {
        samples[(end + index) % capacity] = block[index]
      }
      end += block.count
    }
  }

  func appendSilence(_ count: Int) {
    newest.withLock { end in
      for index in max(0, count - capacity)..<max(0, count) {
        samples[(end + index) % capacity] = 0
      }
      end += max(0, count)
    }
  }

  /// Samples that are not stored, or not available yet, are 0.
  func read(from first: Int, into target: UnsafeMutableBufferPointer<Float>) {
    newest.withLock { end in
      for index in target.indices {
        let number = first + index
        target[index] =
          number >= max(0, end - capacity) && number < end
          ? Float(samples[number % capacity]) / 32768 : 0
      }
    }
  }

  /// Empties the buffer; numbers start at 0 again.
  func clear() { newest.withLock { $0 = 0 } }
}
