import Glibc

/// Runs `body` on a POSIX thread of its own.
package func startThread(_ body: @escaping @Sendable () -> Void) throws(Failure) {
  let box = Unmanaged.passRetained(ThreadBody(run: body))
  var thread = pthread_t()
  let error = pthread_create(
    &thread, nil,
    { argument in
      Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().run()
      return nil
    }, box.toOpaque())
  guard error == 0 else {
    box.release()
    throw .exhausted("threads", error, limit: "ulimit -u")
  }
  pthread_detach(thread)
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}
