import CLinux
import Glibc

/// A POSIX thread whose name is shown by `ps -L` and debuggers.
package struct NamedThread: Sendable {
  private let thread: pthread_t

  /// - Parameters:
  ///   - name: at most 15 bytes, as Linux keeps them
  ///   - body: a thread that is not joined ends with it
  package init(_ name: String, _ body: sending @escaping () -> Void) {
    precondition(name.utf8.count < 16, "a thread's name has at most 15 bytes")
    let start = Unmanaged.passRetained(Start(name: name, body: body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        pthread_setname_np(pthread_self(), start.name)
        start.body()
        return nil
      }, start.toOpaque())
    guard code == 0 else { Failure.exhausted("threads", code, limit: "ulimit -u").end() }
    self.thread = thread
  }

  /// Waits until the thread has ended. Call at most once, and not after ``detach()``.
  package func join() { pthread_join(thread, nil) }

  /// Lets it run without being joined.
  package func detach() { pthread_detach(thread) }

  private final class Start {
    let name: String
    let body: () -> Void

    init(name: String, body: @escaping () -> Void) {
      self.name = name
      self.body = body
    }
  }
}

/// Runs `body`, which may block, on its own thread, so that it does not block a thread of the
/// cooperative pool.
package func onThread<Result: Sendable>(
  _ name: String, _ body: @escaping @Sendable () -> Result
) async -> Result {
  await withCheckedContinuation { continuation in
    NamedThread(name) { continuation.resume(returning: body()) }.detach()
  }
}
