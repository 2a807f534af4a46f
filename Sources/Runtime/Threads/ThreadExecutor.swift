/// Runs an actor on its own thread instead of the cooperative pool, so that the actor may take as
/// long as it needs without blocking anything else. A task that prefers this thread goes to and from
/// the actor without waking another.
package final class ThreadExecutor: SerialExecutor, TaskExecutor {
  private let jobs = Queue<UnownedJob>(.unbounded)

  package init(_ name: String) {
    let jobs = jobs
    // An actor with a pending job retains its executor, and who makes a task prefer it must keep it
    // until the task ends, so the address is valid whenever it is used.
    let address = UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())
    NamedThread(name) {
      while let job = jobs.waitForNext() {
        let executor = Unmanaged<ThreadExecutor>.fromOpaque(UnsafeRawPointer(bitPattern: address)!)
        executor._withUnsafeGuaranteedRef {
          job.runSynchronously(
            isolatedTo: $0.asUnownedSerialExecutor(), taskExecutor: $0.asUnownedTaskExecutor())
        }
      }
    }.detach()
  }

  deinit { jobs.finish() }

  package func enqueue(_ job: consuming ExecutorJob) {
    jobs.put(UnownedJob(job))
  }
}
