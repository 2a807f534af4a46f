import Foundation

/// A value that one thread touches at a time. The slow path of `Synchronization.Mutex` lies in a
/// library that ThreadSanitizer does not see into, so that it reports what a contended one guards;
/// every sanitizer knows this lock.
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
