import Kernels

/// The kernels of one instruction set.
typealias Kernels = UnsafePointer<kernel_set>

/// Every set of kernels that this processor runs, the fastest first, the plain one last.
public struct KernelSet: Sendable, Equatable {
  /// Points to a constant of the program.
  nonisolated(unsafe) let pointer: UnsafePointer<kernel_set>

  public var name: String { String(cString: pointer.pointee.name) }

  public static let available: [KernelSet] = (0..<8).compactMap { index in
    kernels_available(Int32(index)).map { KernelSet(pointer: $0) }
  }

  public static var fastest: KernelSet { available[0] }
}

/// One thread's part of work that several threads do together.
struct Share {
  let index: Int
  let count: Int
  /// nil for a thread that works alone
  let crew: OpaquePointer?

  static var whole: Share { Share(index: 0, count: 1, crew: nil) }

  /// The part of `total` pieces that is this thread's.
  func of(_ total: Int) -> Range<Int> {
    total * index / count..<total * (index + 1) / count
  }

  /// Waits until every thread has come here.
  func meet() {
    if let crew { crew_barrier(crew) }
  }
}

/// Threads of our own that do one job together; the caller is one of them.
final class Crew {
  let count: Int
  let crew: OpaquePointer

  /// As many threads as the system lets start, `count` at most.
  init(count: Int) {
    for count in stride(from: max(1, count), through: 1, by: -1) {
      if let crew = crew_create(Int32(count)) {
        self.count = count
        self.crew = crew
        return
      }
    }
    fatalError("out of memory")
  }

  deinit { crew_destroy(crew) }

  func run(
    _ job: @convention(c) (UnsafeMutableRawPointer, Int) -> Void,
    _ context: UnsafeMutableRawPointer
  ) {
    crew_run(crew, job, context)
  }

  /// The cores that this process may use.
  static var cores: Int { Int(crew_cores()) }
}
