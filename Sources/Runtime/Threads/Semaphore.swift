import Glibc

/// A POSIX semaphore.
///
/// `@unchecked Sendable`: `sem_t` is made for use from several threads, and the pointer is fixed.
final class Semaphore: @unchecked Sendable {
  private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init(_ value: Int) {
    sem_init(semaphore, 0, UInt32(value))
  }

  func wait() {
    while sem_wait(semaphore) == -1, errno == EINTR {}
  }

  func post() {
    sem_post(semaphore)
  }

  deinit {
    sem_destroy(semaphore)
    semaphore.deallocate()
  }
}
