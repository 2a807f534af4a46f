import Glibc

/// Elements from one thread to another, at most `capacity` at a time.
///
/// `@unchecked Sendable`: everything that changes is touched under the lock alone.
package final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let capacity: Int
  private var elements: [Element] = []
  private var isClosed = false

  package init(capacity: Int) {
    self.capacity = capacity
    pthread_mutex_init(lock, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// - Returns: the element left out: this one where the queue is closed; where it is full and
  ///   `waits` is false the newest before it, so that the last of all goes through
  package func append(_ element: Element, waits: Bool) -> Element? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while waits, elements.count >= capacity, !isClosed { pthread_cond_wait(changed, lock) }
    guard !isClosed else { return element }
    let leftOut = elements.count < capacity ? nil : elements.removeLast()
    elements.append(element)
    pthread_cond_broadcast(changed)
    return leftOut
  }

  /// Waits for an element; nil when the queue is closed and empty.
  package func next() -> Element? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while elements.isEmpty, !isClosed { pthread_cond_wait(changed, lock) }
    guard !elements.isEmpty else { return nil }
    let element = elements.removeFirst()
    pthread_cond_broadcast(changed)
    return element
  }

  /// Nothing more comes in; what is in still goes out, unless it is discarded.
  package func close(discarding: Bool = false) {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    isClosed = true
    if discarding { elements = [] }
    pthread_cond_broadcast(changed)
  }
}
