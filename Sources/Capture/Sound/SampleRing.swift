import Imaging
import Runtime

/// The last samples of a sound, by their numbers. One thread appends, any thread reads.
///
/// `@unchecked Sendable`: the memory is touched under the lock of `end` alone.
final class SampleRing: @unchecked Sendable {
  let capacity: Int
  private let samples: UnsafeMutablePointer<Int16>
  /// The number after the newest sample.
  private let newest = Locked(0)

  init(capacity: Int) {
    self.capacity = capacity
    samples = .allocate(capacity: capacity)
    samples.initialize(repeating: 0, count: capacity)
  }

  deinit { samples.deallocate() }

  /// The number after the newest sample.
  var end: Int { newest.withLock { $0 } }
  /// The number of the oldest that is kept.
  var start: Int { max(0, end - capacity) }

  func append(_ block: UnsafeBufferPointer<Int16>) {
    newest.withLock { end in
      // Only what would not be overwritten at once.
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

  /// What is not kept, or not there yet, is 0.
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

  /// Empty again, counting from 0.
  func clear() { newest.withLock { $0 = 0 } }
}
