/// Lets members take turns over frames if they cannot all run in the time between two frames.
///
/// Every member still counts for every face: one that did not run on a frame contributes its last
/// estimate. So the ensemble always has all its members, but some estimates are a few frames old.
package struct MemberTurns: Equatable, Sendable {
  package let members: Int
  /// Time budget of a frame, s; nil if nothing waits for the next one.
  package let budget: Double?
  /// Number of members that currently run on each frame.
  package private(set) var perFrame: Int
  private var current: Range<Int>
  private var started = 0.0
  /// Mean time of one member over the frames since the last decision, s
  private var cost = 0.0
  private var frames = 0

  /// Frames observed before the number changes.
  package static let window = 15

  package init(members: Int, budget: Double?) {
    self.members = members
    self.budget = budget
    perFrame = members
    current = 0..<0
  }

  /// The members for the frame that starts now.
  package mutating func next(_ seconds: Double) -> Range<Int> {
    started = seconds
    let start = current.upperBound == members ? 0 : current.upperBound
    // Ranges do not wrap, so the last turn of a round may be shorter.
    current = start..<min(members, start + perFrame)
    return current
  }

  package mutating func finished(_ seconds: Double) {
    guard let budget, !current.isEmpty else { return }
    frames += 1
    cost += ((seconds - started) / Double(current.count) - cost) / Double(frames)
    guard frames == Self.window else { return }
    frames = 0
    let fitting = budget / max(cost, 1e-6)
    if fitting < Double(perFrame) {
      perFrame = max(1, Int(fitting))
    } else {
      // Only add members with room to spare, so that the number does not oscillate.
      perFrame = max(perFrame, Int(min(0.85 * fitting, Double(members))))
    }
  }
}
