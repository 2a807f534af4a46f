/// The results of `body` for each of `items`, in order, computed on up to four cores while the
/// caller waits. Every item is tried; throws what the first one in order threw.
package func inParallel<Item: Sendable, Value, Problem: Error>(
  _ items: [Item], _ body: @Sendable (Item) throws(Problem) -> Value
) throws(Problem) -> [Value] {
  typealias Outcome = Result<Value, Problem>
  // Each place is written by the thread that claimed it, and read once all have been joined.
  nonisolated(unsafe) let outcomes = UnsafeMutablePointer<Outcome>.allocate(capacity: items.count)
  defer {
    outcomes.deinitialize(count: items.count)
    outcomes.deallocate()
  }
  let claimed = Locked(0)
  withoutActuallyEscaping(body) { body in
    let work: @Sendable () -> Void = {
      while true {
        let index = claimed.withLock { next in
          defer { next += 1 }
          return next
        }
        guard index < items.count else { return }
        let outcome = Outcome { () throws(Problem) in try body(items[index]) }
        (outcomes + index).initialize(to: outcome)
      }
    }
    let threads = min(4, items.count, usableCores())
    let others = (1..<max(1, threads)).map { _ in NamedThread("parallel", work) }
    work()
    for thread in others { thread.join() }
  }
  var values: [Value] = []
  for index in items.indices { values.append(try outcomes[index].get()) }
  return values
}
