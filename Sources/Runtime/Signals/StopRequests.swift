/// Interprets signals that ask the program to stop, depending on their timing.
///
/// `timeout`, a closing tmux session and service managers signal both a process and its group, so
/// the same request arrives twice within milliseconds.
package struct StopRequests: Equatable, Sendable {
  package enum Meaning: Equatable, Sendable {
    /// The first request: finish queued work and complete every file.
    case stop
    /// A duplicate of the same request.
    case repeated
    /// Process no more frames, but complete files.
    case hurry
    /// Abandon everything immediately.
    case giveUp
  }

  /// Signals within this time of the first, in s, are duplicates.
  package static let oneRequest = 2.0
  /// A signal within this time of a `hurry`, in s, means `giveUp`.
  package static let insistence = 1.0

  private var first: Double?
  private var hurried: Double?

  package init() {}

  /// - Parameter now: s on any monotonic clock
  package mutating func take(at now: Double) -> Meaning {
    guard let first else {
      first = now
      return .stop
    }
    if let hurried, now - hurried <= Self.insistence { return .giveUp }
    guard now - first > Self.oneRequest else { return .repeated }
    hurried = now
    return .hurry
  }
}
