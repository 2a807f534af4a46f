import Capture

/// One of several shares of the clips of a run: as many processes, on any machines, make the files
/// of one run. Written `K/N`, with K from 1 to N.
package struct Shard: Equatable, Sendable {
  package var number: Int
  package var count: Int

  private static let most = 10_000
  /// Completes the sentence "'x' is not …".
  package static let form = "a share K/N, such as 1/8, with K from 1 to N and N up to \(most)"

  /// nil if `text` is not a share.
  package init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
      (1...Self.most).contains(count), (1...count).contains(number)
    else { return nil }
    self.number = number
    self.count = count
  }

  /// The clips of this share, in the order of `clips`. It depends on their names and lengths alone, so
  /// that every process arrives at the same shares, whatever has been predicted before.
  package func clips(of clips: [Clip]) -> [Clip] {
    let names = Set(
      Self.shares(of: clips.map { ($0.name, $0.statedFrameCount) }, count: count)[number - 1])
    return clips.filter { names.contains($0.name) }
  }

  /// Shares that last about equally long: the longest clip first, each to the share with the fewest
  /// frames so far (Graham 1969: the longest share is at most 4/3 of what is possible). A clip of
  /// unknown length counts as the mean of the others.
  package static func shares(
    of clips: [(name: String, frames: Int?)], count: Int
  ) -> [[String]] {
    let known = clips.compactMap(\.frames)
    let mean = known.reduce(0, +) / max(1, known.count)
    // At least 1: opening a clip takes time as well.
    let lengths = clips.map { (name: $0.name, frames: max(1, $0.frames ?? mean)) }
    var shares = [[String]](repeating: [], count: count)
    var frames = [Int](repeating: 0, count: count)
    // Bytes, not letters: the order of letters depends on Unicode's version.
    for clip in lengths.sorted(by: {
      $0.frames != $1.frames
        ? $0.frames > $1.frames : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }) {
      let least = frames.indices.min { frames[$0] < frames[$1] }!
      shares[least].append(clip.name)
      frames[least] += clip.frames
    }
    return shares
  }
}

extension Clip {
  /// Its length before anything is decoded: a folder's, or what a video's container says; nil if it says
  /// nothing or cannot be read.
  fileprivate var statedFrameCount: Int? {
    if let frameCount { return frameCount }
    guard case .video(let path, _) = source, path != "-" else { return nil }
    let file = VideoFile(path: path, pacing: .everyFrame)
    guard (try? file.start()) != nil else { return nil }
    defer { file.stop() }
    return file.format.frameCount
  }
}
