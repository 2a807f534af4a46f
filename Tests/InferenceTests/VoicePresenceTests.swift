import TestSupport
import Testing

@testable import Inference
@testable import Layers

/// How far sound counts in networks that hear voices only.
@Suite(.enabled(if: Shared.isPresent, "needs ../shared/parity-va"))
struct VoicePresenceTests {
  private let official: Checkpoint
  private let fading: Checkpoint
  private let sound = (0..<SoundWindow.size).map { Float($0 % 127) / 127 }

  init() throws {
    official = try Checkpoint.read(Shared.voiceCheckpoint)
    var other = official
    other.metadata["sound"] = "voices"
    fading = other
  }

  /// The network without its sound.
  private func visual() throws -> Checkpoint {
    var face = official
    face.tensors = [:]
    for (name, tensor) in official.tensors where !name.hasPrefix("audio_backbone.") {
      var tensor = tensor
      if name.hasSuffix(".weight_ih_l0") {
        let (rows, columns) = (tensor.shape[0], tensor.shape[1])
        tensor = Tensor(
          shape: [rows, EMENetV.featureSize],
          values: (0..<rows).flatMap { tensor.values[$0 * columns..<$0 * columns + 512] })
      }
      face.tensors[name.replacing("video_backbone.", with: "backbone.")] = tensor
    }
    try #require(face.kind == .visual)
    return face
  }

  /// Members' readings of two frames, the state carried.
  private func members(
    of checkpoint: Checkpoint, threads: Int = 2, hear: (Ensemble) -> Void
  ) throws -> [[Emotion]] {
    let ensemble = try Ensemble(
      members: [checkpoint, checkpoint, checkpoint], temporal: .carry, threads: threads)
    hear(ensemble)
    let first = ensemble.estimate(EngineTests.pixels)
    return [first.members, ensemble.estimate(EngineTests.pixels, state: first.state).members]
  }

  @Test func fullPresenceIsTheSoundAsItIs() throws {
    let expected = try members(of: official) { $0.hear(sound) }
    #expect(try members(of: fading) { $0.hear(sound) } == expected)
    #expect(try members(of: fading) { $0.hear(sound, presence: 1) } == expected)
  }

  @Test func theReferencesNetworksHearEverything() throws {
    let expected = try members(of: official) { $0.hear(sound) }
    for presence: Float in [0, 0.5] {
      #expect(try members(of: official) { $0.hear(sound, presence: presence) } == expected)
    }
  }

  @Test(arguments: [1, 2]) func withoutAVoiceOnlyTheFaceCounts(threads: Int) throws {
    let expected = try members(of: visual(), threads: threads) { _ in }
    let situations: [(Ensemble) -> Void] = [
      { _ in }, { $0.hear(sound, presence: 0) },
      {
        $0.hear(sound)
        _ = $0.estimate(EngineTests.pixels)
        $0.hear(sound, presence: 0)
      },
      {
        $0.hear(sound)
        $0.hear(nil)
      },
    ]
    for (index, situation) in situations.enumerated() {
      #expect(try members(of: fading, threads: threads, hear: situation) == expected, "\(index)")
    }
  }

  /// The feature, and with it the heads' input, is in proportion to the presence.
  @Test func presenceScalesTheFeature() throws {
    let engine = Engine(networks: [try fading.network()], threads: 1)
    engine.look(at: EngineTests.pixels)
    let features = try [1, 0.25, 0].map { (presence: Float) in
      engine.hear(sound, presence: presence)
      engine.prepare([0], states: [nil])
      engine.run()
      return try #require(engine.soundFeature(of: 0))
    }
    #expect(features[0].contains { $0 > 0.1 })
    #expect(largestDifference(features[1], features[0].map { 0.25 * $0 }) < 1e-6)
    #expect(features[2].allSatisfy { $0 == 0 })
  }
}
