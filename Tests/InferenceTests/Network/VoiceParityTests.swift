import TestSupport
import Testing

@testable import Inference
@testable import Layers

/// Compares with the reference implementation's numbers of EMENet-VA in `../shared/parity-va`,
/// within the tolerances given there.
@Suite(.enabled(if: Shared.isPresent, "needs ../shared/parity-va"))
struct VoiceParityTests {
  static let heads = ["EXPR", "AU", "VA", "FA"]
  static let frames = 8

  let expected: [String: Tensor]
  let checkpoint: Checkpoint
  let crops: [[UInt8]]
  let sound: [Float]

  init() throws {
    expected = try Checkpoint.read(Shared.path("parity-va/expected.safetensors")).tensors
    checkpoint = try Checkpoint.read(Shared.voiceCheckpoint)
    let pixels = try #require(expected["frames_u8"]).values.map { UInt8($0) }
    let size = 3 * EMENetV.side * EMENetV.side
    crops = (0..<Self.frames).map { Array(pixels[$0 * size..<($0 + 1) * size]) }
    sound = try #require(expected["audio_i16"]).values.map { $0 / 32768 }
  }

  private func rows(_ name: String) throws -> [[Float]] {
    let tensor = try #require(expected[name], "\(name)")
    let size = tensor.values.count / tensor.shape[0]
    return (0..<tensor.shape[0]).map { Array(tensor.values[$0 * size..<($0 + 1) * size]) }
  }

  /// `prefix` is "" or "reference_windows."
  private func windows(_ prefix: String = "") throws -> [[Float]] {
    try #require(expected[prefix + "window_start"]).values.map {
      Array(sound[Int($0)..<Int($0) + SoundWindow.size])
    }
  }

  private func engine(threads: Int = 1, kernels: KernelSet = .fastest) throws -> Engine {
    Engine(networks: [try checkpoint.network()], threads: threads, kernels: kernels)
  }

  @Test func tables() throws {
    for (name, table) in [
      ("window", FrontEndTables.window), ("mel_fb", FrontEndTables.melFilters),
      ("dct_mat", FrontEndTables.cosines),
    ] {
      let difference = largestDifference(try #require(expected["front_end." + name]).values, table)
      #expect(difference < 5e-5, "\(name): \(difference)")
    }
  }

  @Test func windowStarts() throws {
    let fps = Double(try #require(expected["fps"]).values[0])
    let frames = try #require(expected["frame_ids"]).values.map { Int($0) }
    let starts = try #require(expected["window_start"]).values.map { Int($0) }
    #expect(
      starts
        == frames.map { SoundWindow.start(frame: $0, framesPerSecond: fps, count: sound.count) })
  }

  @Test(arguments: KernelSet.available, ["", "reference_windows."])
  func coefficients(kernels: KernelSet, prefix: String) throws {
    let frontEnd = FrontEnd(kernels: kernels)
    let mfcc = try rows(prefix + "mfcc")
    let logMel = prefix.isEmpty ? try rows("log_mel") : nil
    for (frame, window) in try windows(prefix).enumerated() {
      frontEnd.hear(window, at: nil)
      #expect(frontEnd.computed == 63)
      let found = unblocked(
        frontEnd.coefficients.start, channels: 64, block: SequenceBuffer.distance)
      let difference = largestDifference(columns(mfcc[frame]), found)
      #expect(difference < 2e-4, "mfcc \(frame): \(difference)")
      guard let logMel else { continue }
      let logs = unblocked(frontEnd.logMel, channels: 64, block: SequenceBuffer.count * 16)
      let logDifference = largestDifference(columns(logMel[frame]), logs)
      #expect(logDifference < 5e-4, "log_mel \(frame): \(logDifference)")
    }
    frontEnd.hear(SoundWindow.silence, at: nil)
    let silence = try #require(expected["silence.mfcc"]).values
    let found = unblocked(frontEnd.coefficients.start, channels: 64, block: SequenceBuffer.distance)
    #expect(largestDifference(columns(silence), found) < 2e-4)
  }

  @Test(arguments: KernelSet.available) func everyBlockOfTheEncoder(kernels: KernelSet) throws {
    let network = try EMENetVA(checkpoint)
    let encoder = try #require(network.hearing).encoder
    let arena = Arena(bytes: 1 << 20)
    let workspace = MarbleNet.Workspace(in: arena)
    let coefficients = SequenceBuffer(blocks: 4, in: arena)
    let given = try rows("mfcc")[0]
    for channel in 0..<64 {
      for column in 0..<SequenceBuffer.count {
        coefficients.start[channel / 16 * SequenceBuffer.distance + column * 16 + channel % 16] =
          given[channel * 64 + column]
      }
    }
    let feature = arena.floats(MarbleNet.featureSize)
    let scratch = arena.floats(GlobalFeature.scratchSize(area: SequenceBuffer.count))
    var worker = Worker.alone
    var compared = 0
    func compare(_ name: String, _ found: [Float]) throws {
      let values = columns(try #require(expected["encoder_frame0." + name]).values)
      let largest = values.map(abs).max() ?? 0
      let difference = largestDifference(values, found)
      #expect(difference < 2e-5 * max(1, largest), "\(name): \(difference) of \(largest)")
      compared += 1
    }
    var failure: (any Error)?
    encoder.forward(
      coefficients, to: feature, in: workspace, scratch: scratch, kernels.pointer, &worker
    ) { block in
      let input = block % 2 == 0 ? workspace.left.input : workspace.right.input
      do {
        switch block {
        case 0:
          let middle = unblocked(workspace.middle, channels: 64, block: SequenceBuffer.count * 16)
          try compare("block0_depthwise", middle)
          try compare("block0", unblocked(input, channels: 128, block: SequenceBuffer.distance))
        case 4:
          try compare(
            "block4",
            unblocked(workspace.last.values, channels: 128, block: SequenceBuffer.count * 16))
        default:
          try compare(
            "block\(block)", unblocked(input, channels: 64, block: SequenceBuffer.distance))
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    #expect(compared == 6)
    // Block 5 is computed 32 channels at a time; only its mean over all 64 columns is available.
    let last = try #require(expected["encoder_frame0.block5"]).values
    let means = (0..<128).map { channel in last[channel * 64..<channel * 64 + 64].reduce(0, +) / 64
    }
    let difference = largestDifference(means, (0..<128).map { feature[$0] })
    #expect(difference < 2e-5 * max(1, means.max() ?? 0), "mean: \(difference)")
  }

  @Test(arguments: ["", "reference_windows."], [false, true])
  func logits(prefix: String, carried: Bool) throws {
    let windows = try windows(prefix)
    let sounds = try rows(prefix + "audio_features")
    let faces = try rows("visual_features")
    let mode = carried ? "carried" : "stateless"
    let logits = try Self.heads.map { try rows("\(prefix)logits_\(mode).\($0)") }
    let hidden = prefix.isEmpty ? try Self.heads.map { try rows("hidden_\(mode).\($0)") } : []
    for threads in [1, 2, 3] {
      let engine = try engine(threads: threads)
      var states: [[Float]?] = []
      for frame in 0..<Self.frames {
        engine.look(at: crops[frame])
        engine.hear(windows[frame])
        engine.prepare([0], states: [carried ? states.last ?? nil : nil])
        engine.run()
        let sound = try #require(engine.soundFeature(of: 0))
        #expect(largestDifference(sounds[frame], sound) < 1e-4)
        #expect(largestDifference(faces[frame], engine.feature) < 2e-4)
        let state = engine.state(of: 0)
        for (task, values) in engine.logits(of: 0).enumerated() {
          #expect(largestDifference(logits[task][frame], values) < 2e-4)
          guard prefix.isEmpty else { continue }
          let own = Array(state[task * 128..<(task + 1) * 128])
          #expect(largestDifference(hidden[task][frame], own) < 2e-4)
        }
        states.append(state)
      }
      guard prefix.isEmpty, !carried else { continue }
      // The reference's later chunks: each frame continues from the state of the frame at its
      // place.
      for frame in 0..<Self.frames {
        engine.look(at: crops[frame])
        engine.hear(windows[frame])
        engine.prepare([0], states: [states[frame]])
        engine.run()
        for (task, values) in engine.logits(of: 0).enumerated() {
          let reference = try rows("chunk2_logits." + Self.heads[task])[frame]
          #expect(largestDifference(reference, values) < 2e-4)
        }
      }
    }
  }

  @Test(arguments: ["", "reference_windows."], [Checkpoint.Temporal.reset, .carry])
  func estimates(prefix: String, temporal: Checkpoint.Temporal) async throws {
    let ensemble = try Ensemble(members: [checkpoint], temporal: temporal)
    #expect(ensemble.kind == .audiovisual)
    let mode = prefix + (temporal == .carry ? "estimates_carried." : "estimates_stateless.")
    let expressions = try #require(expected[mode + "EXPR"]).values
    let (units, axes) = (try rows(mode + "AU"), try rows(mode + "VA"))
    var state: EmotionState?
    for (frame, window) in try windows(prefix).enumerated() {
      ensemble.hear(window)
      let estimate = ensemble.estimate(crops[frame], state: state)
      state = estimate.state
      let emotion = estimate.emotion
      #expect(emotion.expression.label.rawValue == Int(expressions[frame]))
      #expect(emotion.actionUnits.map { $0.isActive ? 1 : 0 } == units[frame])
      #expect(
        largestDifference(axes[frame], [emotion.valence.value, emotion.arousal.value]) < 2e-4)
    }
  }

  @Test func silenceIsWhatItHearsAtFirst() throws {
    let silence = try #require(expected["silence.audio_features"]).values
    let engine = try engine()
    engine.look(at: crops[0])
    for window in [nil, try windows()[0], nil] {
      engine.hear(window)
      engine.prepare([0], states: [nil])
      engine.run()
      let difference = largestDifference(silence, try #require(engine.soundFeature(of: 0)))
      #expect((difference < 1e-4) == (window == nil), "\(difference)")
    }
  }

  /// The sound is encoded for the first face of a frame and reused for the others, by each member
  /// when it first runs.
  @Test func facesShareTheSound() async throws {
    let windows = try windows()
    var other = checkpoint
    other.tensors["audio_backbone.encoder.encoder.0.mconv.2.bias"]?.values[0] += 1
    let members = [checkpoint, other]
    let ensemble = try Ensemble(members: members, temporal: .reset, threads: 2)
    ensemble.hear(windows[3])
    let first = ensemble.estimate(crops[0])
    ensemble.hear(windows[5])
    let turn = ensemble.estimate(crops[1], state: first.state, running: 0..<1)
    let both = ensemble.estimate(crops[1], state: turn.state)
    #expect(turn.members[0] == both.members[0])
    #expect(turn.members[1] == first.members[1])
    let alone = try Ensemble(members: members, temporal: .reset, threads: 1)
    alone.hear(windows[5])
    #expect(alone.estimate(crops[1]).members == both.members)
    #expect(both.members[0] != both.members[1])
  }
}

/// (channels, 64) as in the reference, without the last column, which is masked.
private func columns(_ values: [Float]) -> [Float] {
  values.enumerated().filter { $0.offset % 64 < SequenceBuffer.count }.map(\.element)
}

/// Converts blocks that are `block` floats apart to (channels, 63).
private func unblocked(_ start: UnsafePointer<Float>, channels: Int, block: Int) -> [Float] {
  (0..<channels).flatMap { channel in
    (0..<SequenceBuffer.count).map { start[channel / 16 * block + $0 * 16 + channel % 16] }
  }
}
