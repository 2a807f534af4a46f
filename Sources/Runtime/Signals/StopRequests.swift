/// What signals that ask to stop mean by when they come.
///
/// `timeout`, a closing tmux session and service managers signal a process and its group, so the
/// same wish comes twice within milliseconds.
package struct StopRequests: Equatable, Sendable {
  package enum Meaning: Equatable, Sendable {
    /// The first: finish what is queued, complete every file.
    case stop
    /// The same wish once more.
    case repeated
    /// No more frames, but files are still completed.
    case hurry
    /// Leave everything as it is, at once.
    case giveUp
  }

  /// Signals that come so soon after the first are one request, s.
  package static let oneRequest = 2.0
  /// A signal that comes so soon after one that hurries gives up, s.
  package static let insistence = 1.0

  private var first: Double?
  private var hurried: Double?

  package init() {}

  /// - Parameter now: any clock that only goes forward, s
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
