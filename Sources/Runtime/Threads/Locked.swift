import Foundation

/// A value protected by a lock. `Synchronization.Mutex` is not used because its slow path is in a
/// library that ThreadSanitizer cannot see into, so contention is reported as a data race; every
/// sanitizer knows this lock.
public final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  public init(_ value: sending Value) { self.value = value }

  public func withLock<Result, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
