/// Runs an actor on a thread of its own instead of the cooperative pool: what the actor does may
/// take as long as it likes, and nothing else waits for it.
package final class ThreadExecutor: SerialExecutor {
  private let jobs = Queue<UnownedJob>(.unbounded)

  package init(_ name: String) {
    let jobs = jobs
    // The actor keeps the executor while it has a job, so the address is good whenever it is used.
    let address = UInt(bitPattern: Unmanaged.passUnretained(self).toOpaque())
    NamedThread(name) {
      while let job = jobs.waitForNext() {
        let executor = Unmanaged<ThreadExecutor>.fromOpaque(UnsafeRawPointer(bitPattern: address)!)
        job.runSynchronously(
          on: executor._withUnsafeGuaranteedRef { $0.asUnownedSerialExecutor() })
      }
    }.detach()
  }

  deinit { jobs.finish() }

  package func enqueue(_ job: consuming ExecutorJob) {
    jobs.put(UnownedJob(job))
  }
}
