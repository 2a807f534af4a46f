import Testing

@testable import Offline

@Suite struct ShardTests {
  @Test(
    arguments: [
      "", "/", "1", "0/4", "5/4", "1/0", "-1/4", "1/-4", "a/4", "1/b", "1/2/3", "1/10001", "1.0/2",
      " 1/2", "1 /2",
    ])
  func refusesWhatIsNoShare(word: String) { #expect(Shard(word) == nil) }

  @Test(arguments: [("1/1", 1, 1), ("3/8", 3, 8), ("10000/10000", 10_000, 10_000)])
  func reads(word: String, number: Int, count: Int) {
    let shard = Shard(word)
    #expect(shard?.number == number && shard?.count == count)
  }

  /// Lengths as in a test set: most clips of a few hundred frames, some of thousands, some equal.
  private func clips(_ count: Int) -> [(name: String, frames: Int?)] {
    (0..<count).map { ("clip\($0)", $0 % 7 == 0 ? 0 : 1 + $0 * $0 * 7919 % 6000) }
  }

  @Test(arguments: [0, 1, 2, 7, 64, 151])
  func everyClipIsInOneShareAndSharesAreAlike(count: Int) {
    let clips = clips(count)
    let frames = Dictionary(uniqueKeysWithValues: clips.map { ($0.name, max(1, $0.frames!)) })
    for shares in [1, 2, 3, 8, 31] {
      let dealt = Shard.shares(of: clips, count: shares)
      #expect(dealt.count == shares)
      #expect(dealt.flatMap { $0 }.sorted() == frames.keys.sorted())
      let loads = dealt.map { $0.reduce(0) { $0 + frames[$1]! } }
      let ideal = max(
        Double(loads.reduce(0, +)) / Double(shares), Double(frames.values.max() ?? 0))
      #expect(Double(loads.max()!) <= ideal * 4 / 3, "\(count) clips, \(shares) shares: \(loads)")
    }
  }

  @Test func theOrderOfTheInputsDoesNotMatter() {
    let clips = clips(151)
    let expected = Shard.shares(of: clips, count: 8)
    #expect(Shard.shares(of: clips.reversed(), count: 8) == expected)
    for _ in 0..<10 { #expect(Shard.shares(of: clips.shuffled(), count: 8) == expected) }
  }

  /// As videos whose headers say nothing.
  @Test func clipsOfUnknownLengthAreSpread() {
    let unknown = (0..<12).map { (name: "clip\($0)", frames: Int?.none) }
    #expect(Shard.shares(of: unknown, count: 4).map(\.count) == [3, 3, 3, 3])
    let one = Shard.shares(of: unknown + [("long", 100)], count: 4)
    #expect(one.map(\.count).sorted() == [3, 3, 3, 4])
  }

  @Test func aShareKeepsTheOrderOfTheClips() {
    let clips = clips(40).map {
      Clip(name: $0.name, source: .folder("/none"), frameCount: $0.frames)
    }
    let shares = (1...3).map { Shard("\($0)/3")!.clips(of: clips) }
    for share in shares {
      let places = share.map { clip in clips.firstIndex { $0.name == clip.name }! }
      #expect(places == places.sorted())
    }
    #expect(shares.map(\.count).reduce(0, +) == 40)
  }
}
