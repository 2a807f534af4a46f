import TestSupport
import Testing

@testable import Inference
@testable import Layers

/// Which checkpoints of EMENet-VA are accepted, and how errors name the others.
@Suite(.enabled(if: Shared.isPresent, "needs ../shared/parity-va"))
struct VoiceCheckpointTests {
  static let tables = [
    "dct_mat", "MelSpectrogram.spectrogram.window", "MelSpectrogram.mel_scale.fb",
  ].map { "audio_backbone.preprocessor.featurizer." + $0 }

  let checkpoint: Checkpoint
  let members: [Emotion]

  init() async throws {
    checkpoint = try Checkpoint.read(Shared.voiceCheckpoint)
    members = try await Self.members(of: checkpoint)
  }

  private static func members(of checkpoint: Checkpoint) async throws -> [Emotion] {
    let ensemble = try Ensemble(members: [checkpoint], temporal: .reset, threads: 1)
    ensemble.hear((0..<SoundWindow.size).map { Float($0 % 127) / 127 })
    return ensemble.estimate(EngineTests.pixels).members
  }

  @Test func tablesMayBeAbsent() async throws {
    #expect(checkpoint.kind == .audiovisual)
    for tables in [Self.tables, [Self.tables[1]]] {
      var other = checkpoint
      for table in tables { try #require(other.tensors.removeValue(forKey: table) != nil) }
      #expect(try await Self.members(of: other) == members)
    }
  }

  @Test(arguments: tables) func tablesOfAnotherFrontEndAreNamed(table: String) throws {
    var other = checkpoint
    let count = try #require(other.tensors[table]).values.count
    other.tensors[table]?.values[count / 2 + 7] += 0.125
    let error = #expect(throws: CheckpointError.self) { try EMENetVA(other) }
    #expect(error?.tensor == table)
    guard case .otherFrontEnd(let difference) = error?.problem else {
      Issue.record("\(error.debugDescription)")
      return
    }
    #expect(abs(difference - 0.125) < 1e-3)
  }

  @Test func aTableOfAnotherShapeIsNamed() {
    var other = checkpoint
    other.tensors[Self.tables[1]] = Tensor(shape: [512], values: .init(repeating: 0, count: 512))
    let mismatch = CheckpointError.Mismatch(
      misshapen: [.init(name: Self.tables[1], expected: [400], found: [512])])
    #expect(throws: CheckpointError(checkpoint.path, .mismatch(mismatch))) {
      try EMENetVA(other)
    }
  }

  @Test func landmarksAreOptional() async throws {
    var other = checkpoint
    other.tensors = other.tensors.filter { !$0.key.hasPrefix("tmodels.3.") }
    #expect(try EMENetVA(other).headCount == 3)
    #expect(try await Self.members(of: other) == members)
  }

  @Test func landmarksMayBeAnothersWork() async throws {
    var other = checkpoint
    other.tensors = other.tensors.filter { !$0.key.hasPrefix("tmodels.3.") }
    #expect(checkpoint.landmarkHead == "tmodels.3." && other.landmarkHead == nil)
    let guide = try Checkpoint.read(EngineTests.checkpoints[0])
    let alone = try Ensemble(members: [other, other], temporal: .carry)
    let guided = try Ensemble(members: [other, other], landmarks: guide, temporal: .carry)
    let guideItself = try Ensemble(members: [guide], temporal: .reset)
    #expect(guided.count == 2 && guided.kind == .audiovisual)
    let sound = (0..<SoundWindow.size).map { Float($0 % 97) / 97 }
    for ensemble in [alone, guided] { ensemble.hear(sound) }
    var states: [EmotionState?] = [nil, nil]
    for turn in [0..<2, 0..<1, 1..<2] {
      let first = alone.estimate(EngineTests.pixels, state: states[0], running: turn)
      let second = guided.estimate(EngineTests.pixels, state: states[1], running: turn)
      #expect(first.members == second.members && first.landmarks.isEmpty)
      #expect(second.landmarks == guideItself.estimate(EngineTests.pixels).landmarks)
      states = [first.state, second.state]
    }
    // Likewise if the members have their own landmarks.
    let own = try Ensemble(members: [checkpoint], landmarks: guide, temporal: .reset)
    let found = own.estimate(EngineTests.pixels).landmarks
    #expect(found == guideItself.estimate(EngineTests.pixels).landmarks)
  }

  @Test func onlyLandmarksTrainedForItFollowFaces() {
    var other = checkpoint
    #expect(!other.followsFaces)
    other.metadata["landmarks"] = "detector box"
    #expect(other.followsFaces)
    other.tensors = other.tensors.filter { !$0.key.hasPrefix("tmodels.3.") }
    #expect(!other.followsFaces)
  }

  /// The reference orders its heads as on its command line.
  @Test(arguments: [[0, 1, 2, 3], [2, 0, 1, 3], [0, 1, 2, 4], [4, 3, 1, 0]])
  func headsAreKnownByTheirOutputs(places: [Int]) async throws {
    var other = checkpoint
    other.tensors = [:]
    for (name, tensor) in checkpoint.tensors {
      var words = name.split(separator: ".")
      if words[0] == "tmodels", let task = Int(words[1]) { words[1] = "\(places[task])" }
      other.tensors[words.joined(separator: ".")] = tensor
    }
    // A head for voice activity takes the remaining place.
    if let place = (0...4).first(where: { !places.contains($0) }) {
      for (name, tensor) in checkpoint.tensors where name.hasPrefix("tmodels.0.") {
        let name = "tmodels.\(place)." + name.dropFirst("tmodels.0.".count)
        let isDecoder = name.contains("decoder")
        let shape = isDecoder ? [2] + tensor.shape.dropFirst() : tensor.shape
        let count = shape.reduce(1, *)
        other.tensors[name] = Tensor(shape: shape, values: Array(tensor.values.prefix(count)))
      }
    }
    #expect(try EMENetVA(other).headCount == 4)
    #expect(try await Self.members(of: other) == members)
  }

  @Test func whatIsMissingIsNamed() throws {
    var other = checkpoint
    let names = [
      "audio_backbone.encoder.encoder.2.res.0.1.running_var", "tmodels.1.decoder.bias",
      "video_backbone.conv1.prelu.weight",
    ]
    for name in names { try #require(other.tensors.removeValue(forKey: name) != nil) }
    #expect(throws: CheckpointError(checkpoint.path, .mismatch(.init(missing: names)))) {
      try EMENetVA(other)
    }
  }

  @Test func kindsAreNotMixed() throws {
    let face = try Checkpoint.read(EngineTests.checkpoints[0])
    #expect(face.kind == .visual)
    for (first, second) in [(face, checkpoint), (checkpoint, face)] {
      let error = CheckpointError(second.path, .otherKind(second.kind.name, of: first.kind.name))
      #expect(throws: error) { try Ensemble(members: [first, second], temporal: .reset) }
    }
  }

  @Test(arguments: [Checkpoint.Format.safetensors, .torchZip])
  func bothFormats(format: Checkpoint.Format) async throws {
    let file = TemporaryFile([])
    try checkpoint.write(to: file.path, as: format)
    let read = try Checkpoint.read(file.path)
    #expect(read.kind == .audiovisual && read.tensors == checkpoint.tensors)
    #expect(try await Self.members(of: read) == members)
  }
}
