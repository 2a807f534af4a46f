/// Hands each frame to every destination of `--publish`.
package final class Publisher: Sendable {
  private let outlets: [Outlet]

  /// Opens the destinations, each on a thread of its own.
  ///
  /// - Parameter say: told when a destination can no longer be reached, and when it can again; called
  ///   on that destination's thread
  package init(
    _ destinations: [Destination], say: @escaping @Sendable (PublishingNotice) -> Void
  ) {
    outlets = destinations.map { Outlet($0, say: say) }
  }

  /// Never blocks.
  package func take(_ publication: Publication) {
    for outlet in outlets { outlet.take(publication) }
  }

  /// Sends what is still queued and says goodbye; within a few seconds, whatever hangs.
  package func finish() -> [PublishingReport] { outlets.map { $0.finish() } }
}
