import Kernels
import Runtime

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

/// What one thread does of work that several do together: steps in a row, each of a number of
/// pieces. Every thread goes through the same steps and calls `meet` behind each.
struct Share {
  /// nil for a thread that works alone
  private let crew: OpaquePointer?
  private var step: UInt32

  static var whole: Share { Share(crew: nil, step: 0) }

  init(crew: OpaquePointer?, step: UInt32) {
    self.crew = crew
    self.step = step
  }

  /// Does those of `total` pieces (at least one) that no other thread does. Once per step.
  @inline(__always)
  mutating func eachPiece(of total: Int, _ work: (Int) -> Void) {
    guard let crew else {
      for piece in 0..<total { work(piece) }
      return
    }
    while true {
      let piece = crew_claim(crew, step, total)
      guard piece >= 0 else { return }
      work(piece)
      crew_finish(crew, step, total)
    }
  }

  /// Waits until the step is done.
  mutating func meet() {
    guard let crew else { return }
    crew_meet(crew, step)
    step &+= 1
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
    endForWantOfMemory()
  }

  deinit { crew_destroy(crew) }

  func run(
    _ job: @convention(c) (UnsafeMutableRawPointer, Int, UInt32) -> Void,
    _ context: UnsafeMutableRawPointer
  ) {
    crew_run(crew, job, context)
  }

  /// Waits until no thread looks at the last job's context any more.
  func settle() { crew_settle(crew) }

  /// The cores that this process may use.
  static var cores: Int { Int(crew_cores()) }
}
