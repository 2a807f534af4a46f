import Foundation

/// A FIFO queue with one writer and one reader, each a thread or a task.
///
/// `@unchecked Sendable`: all mutable state is accessed under the lock.
package final class Queue<Element: Sendable>: @unchecked Sendable {
  /// What a full queue does.
  package enum Policy: Equatable, Sendable {
    /// Never full.
    case unbounded
    /// Replaces the newest element: the reader's delay stays bounded, and the very last element is
    /// always delivered.
    case newestWins(capacity: Int)
    /// Blocks the writer, a thread, until there is room: no element is lost.
    case writerWaits(capacity: Int)

    fileprivate var capacity: Int {
      switch self {
      case .unbounded: .max
      case .newestWins(let capacity), .writerWaits(let capacity): capacity
      }
    }
  }

  /// What happened to an element.
  package enum Outcome: Equatable, Sendable {
    case queued
    /// It replaced the newest element in the queue.
    case replaced
    /// It was discarded because the queue is closed.
    case closed
  }

  /// Numbers of elements that were replaced and fetched.
  package struct Counters: Sendable {
    package var replaced = 0
    package var fetched = 0
  }

  private let policy: Policy
  private let condition = NSCondition()
  private var elements: [Element] = []
  private var ending: Result<Void, any Error>?
  private var wasCancelled = false
  private var counts = Counters()
  private var reader: CheckedContinuation<Element?, any Error>?
  private var waitingForRoom: [Int: CheckedContinuation<Bool, Never>] = [:]
  private var lastTicket = 0

  package init(_ policy: Policy) {
    self.policy = policy
  }

  package var counters: Counters { locked { counts } }

  package var isClosed: Bool { locked { ending != nil } }

  package var isCancelled: Bool { locked { wasCancelled } }

  package var hasRoom: Bool { locked { ending != nil || elements.count < policy.capacity } }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }

  // MARK: Writing

  @discardableResult
  package func put(_ element: Element) -> Outcome { put { _ in element } }

  /// Appends the result of `make`, which is passed the number of elements replaced so far,
  /// including the one that this element replaces. `make` runs under the queue's lock, so it must
  /// not take another.
  @discardableResult
  package func put(_ make: (_ replaced: Int) -> Element) -> Outcome {
    condition.lock()
    if case .writerWaits(let capacity) = policy {
      while ending == nil, elements.count >= capacity { condition.wait() }
    }
    guard ending == nil else {
      condition.unlock()
      return .closed
    }
    let isFull = elements.count >= policy.capacity
    if isFull {
      elements.removeLast()
      counts.replaced += 1
    }
    let element = make(counts.replaced)
    let reader = reader.take()
    if reader == nil { elements.append(element) } else { counts.fetched += 1 }
    condition.broadcast()
    condition.unlock()
    reader?.resume(returning: element)
    return isFull ? .replaced : .queued
  }

  /// Accepts no more elements. The reader still gets those in the queue, then nil or `error`.
  package func finish(throwing error: (any Error)? = nil) {
    close(error.map { .failure($0) } ?? .success(()), discarding: false)
  }

  /// Drops the elements that were not fetched; the reader gets nil.
  package func cancel() { close(.success(()), discarding: true) }

  private func close(_ new: Result<Void, any Error>, discarding: Bool) {
    condition.lock()
    if discarding {
      elements.removeAll()
      ending = new
      wasCancelled = true
    } else if ending == nil {
      ending = new
    }
    let reader = reader.take()
    let writers = waitingForRoom.values
    waitingForRoom = [:]
    condition.broadcast()
    condition.unlock()
    reader?.resume(with: new.map { nil })
    for writer in writers { writer.resume(returning: true) }
  }

  /// Suspends until there is room, for a task that must not lose elements. Returns false if there
  /// is none within `seconds` or the task is cancelled.
  package func room(within seconds: Double) async -> Bool {
    if hasRoom { return true }
    let ticket = locked {
      lastTicket += 1
      return lastTicket
    }
    let timer = Task<Void, any Error> {
      try await Task.sleep(for: .seconds(seconds))
      giveUp(ticket)
    }
    defer { timer.cancel() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = locked {
          if Task.isCancelled { return false }
          if ending != nil || elements.count < policy.capacity { return true }
          waitingForRoom[ticket] = continuation
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      giveUp(ticket)
    }
  }

  private func giveUp(_ ticket: Int) {
    locked { waitingForRoom.removeValue(forKey: ticket) }?.resume(returning: false)
  }

  // MARK: Reading

  /// Returns the next element, blocking the calling thread until there is one; nil after the last.
  package func waitForNext() -> Element? {
    condition.lock()
    while elements.isEmpty, ending == nil { condition.wait() }
    let element = elements.isEmpty ? nil : fetch()
    let writers = takeWriters()
    condition.unlock()
    for writer in writers { writer.resume(returning: true) }
    return element
  }

  /// Returns the next element, suspending the task; nil, or a thrown error, after the last.
  package func next() async throws -> Element? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let (answer, writers): (Result<Element?, any Error>?, [CheckedContinuation<Bool, Never>]) =
          locked {
            precondition(reader == nil, "one reader at a time")
            if Task.isCancelled { return (.failure(CancellationError()), []) }
            if !elements.isEmpty { return (.success(fetch()), takeWriters()) }
            if let ending { return (ending.map { nil }, []) }
            reader = continuation
            return (nil, [])
          }
        for writer in writers { writer.resume(returning: true) }
        if let answer { continuation.resume(with: answer) }
      }
    } onCancel: {
      // If cancelled before the continuation was stored, `Task.isCancelled` above has noticed it.
      locked { reader.take() }?.resume(throwing: CancellationError())
    }
  }

  /// The next element if `condition` holds for it; never waits. It runs under the
  /// queue's lock.
  package func fetch(where condition: (Element) -> Bool) -> Element? {
    let (element, writers) = locked {
      guard let first = elements.first, condition(first) else {
        return (nil as Element?, [CheckedContinuation<Bool, Never>]())
      }
      return (fetch(), takeWriters())
    }
    for writer in writers { writer.resume(returning: true) }
    return element
  }

  private func fetch() -> Element {
    counts.fetched += 1
    condition.broadcast()
    return elements.removeFirst()
  }

  private func takeWriters() -> [CheckedContinuation<Bool, Never>] {
    guard !waitingForRoom.isEmpty, elements.count < policy.capacity else { return [] }
    defer { waitingForRoom = [:] }
    return Array(waitingForRoom.values)
  }
}
