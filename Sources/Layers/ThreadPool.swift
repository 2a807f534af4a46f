import Kernels
import Runtime

/// The kernels of one instruction set.
package typealias Kernels = UnsafePointer<kernel_set>

/// Every set of kernels that this processor can run, fastest first, the plain one last.
public struct KernelSet: Sendable, Equatable {
  /// Points to a constant of the program.
  package nonisolated(unsafe) let pointer: UnsafePointer<kernel_set>

  public var name: String { String(cString: pointer.pointee.name) }

  public static let available: [KernelSet] = (0..<8).compactMap { index in
    kernels_available(Int32(index)).map { KernelSet(pointer: $0) }
  }

  public static var fastest: KernelSet { available[0] }
}

/// One thread's part in work that a pool does together: a sequence of steps, each divided into
/// pieces. Every thread goes through the same steps and calls ``barrier()`` after each.
package struct Worker {
  /// nil for a thread that works alone
  private let pool: OpaquePointer?
  private var step: UInt32
  private let thread: Int
  private let threads: Int

  /// Does all the work by itself.
  package static var alone: Worker { Worker(pool: nil, step: 0) }

  package init(pool: OpaquePointer?, step: UInt32, thread: Int = 0, threads: Int = 1) {
    self.pool = pool
    self.step = step
    self.thread = thread
    self.threads = threads
  }

  /// Into how many bands to divide a map of so many rows. A thread that computes the same band of
  /// layer after layer reads little that another has written. At most one for each thread, and none
  /// so narrow that the rows which two of them compute count.
  package func bands(rows: Int) -> Int { max(1, min(threads, rows / 14)) }

  /// Does those of `total` pieces (at least one) that no other thread does. Call it once per step.
  /// Even threads start with the first piece, odd ones with the last, so that each of two finds
  /// more of what it reads in its own cache.
  @inline(__always)
  package mutating func parallelFor(_ total: Int, _ work: (Int) -> Void) {
    guard let pool else {
      for piece in 0..<total { work(piece) }
      return
    }
    while true {
      let piece = thread_pool_claim(pool, step, total, thread % 2 == 1)
      guard piece >= 0 else { return }
      work(piece)
      thread_pool_finish(pool, step, total)
    }
  }

  /// Waits until the step is done.
  package mutating func barrier() {
    guard let pool else { return }
    thread_pool_barrier(pool, step)
    step &+= 1
  }
}

extension Int {
  /// The rows of band `index` of `count`, of a map of so many rows.
  ///
  /// - Parameter multiple: of rows, at which each band but the last ends
  func band(_ index: Int, of count: Int, multiple: Int = 1) -> Range<Int> {
    func edge(_ index: Int) -> Int {
      index == count ? self : self * index / count / multiple * multiple
    }
    return edge(index)..<edge(index + 1)
  }
}

/// Threads of our own that do one job together; the caller is one of them.
package final class ThreadPool {
  package let count: Int
  package let handle: OpaquePointer

  /// Starts as many threads as the system allows, at most `count`.
  package init(count: Int) {
    for count in stride(from: max(1, count), through: 1, by: -1) {
      if let handle = thread_pool_create(Int32(count)) {
        self.count = count
        self.handle = handle
        return
      }
    }
    endForWantOfMemory()
  }

  deinit { thread_pool_destroy(handle) }

  /// - Parameter alone: whether the caller does the job without the others
  package func run(
    _ job: @convention(c) (UnsafeMutableRawPointer, Int, UInt32) -> Void,
    _ context: UnsafeMutableRawPointer, alone: Bool = false
  ) {
    thread_pool_run(handle, job, context, alone)
  }

  /// Waits until no thread uses the last job's context any more.
  package func settle() { thread_pool_settle(handle) }
}
