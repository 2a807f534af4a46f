/// Hands elements from a capture thread to one asynchronous reader.
package final class Mailbox<Element: Sendable>: Sendable {
  package enum Policy: Equatable, Sendable {
    /// A new element replaces one that nobody has fetched: the reader's delay stays bounded.
    case latest
    /// The writer waits while `ahead` elements lie unfetched: none is lost.
    case all(ahead: Int)
  }

  private struct Contents {
    var elements: [Element] = []
    var reader: CheckedContinuation<Element?, any Error>?
    var ending: Result<Void, any Error>?
    var overwritten = 0
    var fetched = 0
  }

  private let contents = Locked(Contents())
  /// Free places; nil for `.latest`, which always has one.
  private let places: Semaphore?

  package init(_ policy: Policy) {
    switch policy {
    case .latest: places = nil
    case .all(let ahead): places = Semaphore(ahead)
    }
  }

  /// Elements that a newer one replaced.
  package var overwritten: Int { contents.withLock { $0.overwritten } }
  /// Elements that the reader got.
  package var fetched: Int { contents.withLock { $0.fetched } }

  /// Puts what `make` returns; `make` gets the number of elements overwritten so far, the one that
  /// this element replaces included. It runs under the mailbox's lock, so it takes no other. False
  /// when the mailbox is closed. `.all` waits for a place.
  package func put(_ make: (_ overwritten: Int) -> Element) -> Bool {
    places?.wait()
    let (taken, reader, element) = contents.withLock { contents in
      guard contents.ending == nil else {
        return (false, nil as CheckedContinuation<Element?, any Error>?, nil as Element?)
      }
      if places == nil, !contents.elements.isEmpty {
        contents.elements.removeAll(keepingCapacity: true)
        contents.overwritten += 1
      }
      let element = make(contents.overwritten)
      guard let reader = contents.reader else {
        contents.elements.append(element)
        return (true, nil, nil)
      }
      contents.reader = nil
      contents.fetched += 1
      return (true, reader, element)
    }
    if let reader {
      places?.post()
      reader.resume(returning: element)
    }
    return taken
  }

  /// No more elements come. Those put before are still fetched, then nil or `error`.
  package func finish(throwing error: (any Error)? = nil) {
    close(error.map { .failure($0) } ?? .success(()), discarding: false)
  }

  /// Drops what nobody has fetched; the reader gets nil.
  package func cancel() {
    close(.success(()), discarding: true)
  }

  private func close(_ ending: Result<Void, any Error>, discarding: Bool) {
    let reader = contents.withLock { contents in
      if discarding {
        contents.elements.removeAll()
        contents.ending = ending
      } else if contents.ending == nil {
        contents.ending = ending
      }
      defer { contents.reader = nil }
      return contents.reader
    }
    // A writer waiting for a place finds the mailbox closed.
    places?.post()
    reader?.resume(with: ending.map { nil })
  }

  /// The next element; nil, or a thrown error, after the last.
  package func next() async throws -> Element? {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let answer: Result<Element?, any Error>? = contents.withLock { contents in
          precondition(contents.reader == nil, "one reader at a time")
          if Task.isCancelled { return .failure(CancellationError()) }
          if !contents.elements.isEmpty {
            contents.fetched += 1
            return .success(contents.elements.removeFirst())
          }
          if let ending = contents.ending { return ending.map { nil } }
          contents.reader = continuation
          return nil
        }
        guard let answer else { return }
        if case .success(.some) = answer { places?.post() }
        continuation.resume(with: answer)
      }
    } onCancel: {
      // Cancellation before the continuation was stored is seen by `Task.isCancelled` above.
      let reader = contents.withLock { contents in
        defer { contents.reader = nil }
        return contents.reader
      }
      reader?.resume(throwing: CancellationError())
    }
  }
}
