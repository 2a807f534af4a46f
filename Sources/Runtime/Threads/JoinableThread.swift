import Glibc

/// A POSIX thread that can be waited for.
package struct JoinableThread: Sendable {
  private let thread: pthread_t

  package init(_ body: sending @escaping () -> Void) throws(Failure) {
    let box = Unmanaged.passRetained(Body(run: body))
    var thread = pthread_t()
    let error = pthread_create(
      &thread, nil,
      { argument in
        Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard error == 0 else {
      box.release()
      throw .exhausted("threads", error, limit: "ulimit -u")
    }
    self.thread = thread
  }

  /// Waits until the thread has ended; once.
  package func join() {
    pthread_join(thread, nil)
  }

  private final class Body {
    let run: () -> Void

    init(run: @escaping () -> Void) {
      self.run = run
    }
  }
}
