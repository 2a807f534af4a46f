/// Fits the ensemble into the time between two frames.
///
/// Where one core runs it with time to spare, the others are left to the rest of the machine: threads
/// that share so little work wait for each other much of the time. Where all cores do not suffice,
/// members take turns over the frames. Every member still counts for every face: one that did not run
/// on a frame contributes its last estimate, so some estimates are a few frames old.
package struct FrameBudget: Equatable, Sendable {
  package let members: Int
  /// Number of threads that can share the work
  package let threads: Int
  /// Time budget of a frame, s; nil if nothing waits for the next one.
  package let seconds: Double?
  /// Number of members that currently run on each frame.
  package private(set) var perFrame: Int
  /// Whether the ensemble is currently left to one thread of several.
  package private(set) var isOnOneThread = false
  private var current: Range<Int>
  private var started = 0.0
  /// Mean time of one member over the frames since the last decision, s
  private var cost = 0.0
  private var frames = 0
  /// Number of consecutive frames on one thread that left too little time
  private var lateInARow = 0

  /// Frames observed before a decision.
  package static let window = 15

  package init(members: Int, threads: Int, seconds: Double?) {
    self.members = members
    self.threads = threads
    self.seconds = seconds
    perFrame = members
    current = 0..<0
  }

  /// The members for the frame that starts now.
  package mutating func next(_ now: Double) -> Range<Int> {
    started = now
    let start = current.upperBound == members ? 0 : current.upperBound
    // Ranges do not wrap, so the last turn of a round may be shorter.
    current = start..<min(members, start + perFrame)
    return current
  }

  package mutating func finished(_ now: Double) {
    guard let seconds, !current.isEmpty else { return }
    let time = now - started
    // However slow the source, readings are not late by more than at 30 frames a second.
    let alone = min(seconds, 1 / 30)
    lateInARow = isOnOneThread && time > 0.75 * alone ? lateInARow + 1 : 0
    // A second one means that more faces have come; the first, that anything held it up.
    if lateInARow == 2 { return share() }
    frames += 1
    cost += (time / Double(current.count) - cost) / Double(frames)
    guard frames == Self.window else { return }
    frames = 0
    let mean = cost * Double(members)
    if isOnOneThread, mean > 0.75 * alone { return share() }
    let fitting = seconds / max(cost, 1e-6)
    if fitting < Double(perFrame) {
      perFrame = max(1, Int(fitting))
    } else {
      // Only add members with room to spare, so that the number does not oscillate.
      perFrame = max(perFrame, Int(min(0.85 * fitting, Double(members))))
    }
    // One thread should take at most as long as all of them take together.
    if threads > 1, mean * Double(threads) < 0.6 * alone { isOnOneThread = true }
  }

  private mutating func share() {
    isOnOneThread = false
    (frames, lateInARow) = (0, 0)
  }
}
