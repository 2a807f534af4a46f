/// Ends a run that no frame ends: a source that stalls, or a video that stands still, may give none
/// at the time that `--duration` names.
package final class Deadline: Sendable {
  /// A frame that ends the run itself may come so much later, s.
  private static let patience = 0.5

  private let seconds: Double?
  private let end: @Sendable () -> Void
  private let task = Locked<Task<Void, Never>?>(nil)

  /// `seconds`: nil for a run that lasts as long as its source.
  package init(seconds: Double?, end: @escaping @Sendable () -> Void) {
    self.seconds = seconds
    self.end = end
  }

  /// The first frame is there: time runs. Again it does nothing.
  package func begin() {
    // More than a century is not a limit, nor a time that a clock takes.
    guard let seconds, seconds < 4e9 else { return }
    task.withLock { task in
      guard task == nil else { return }
      task = Task { [end] in
        do {
          try await Task.sleep(for: .seconds(seconds + Self.patience))
          end()
        } catch {}
      }
    }
  }

  package func cancel() { task.withLock { $0 }?.cancel() }
}
