import TestSupport
import Testing

@testable import Inference
@testable import Layers

/// Compares with the reference implementation's numbers in `../shared/parity`.
@Suite(.enabled(if: Shared.isPresent, "needs ../shared/parity"))
struct ParityTests {
  static let checkpoints = [
    "parity/student_round_3_exp_0/net_epoch_4_student_round_3_exp_0.pth",
    "parity/student_round_3_exp_3/net_epoch_8_student_round_3_exp_3.pth",
  ]
  static let frames = 8
  static let heads = ["EXPR", "AU", "VA", "FA"]

  let expected: [String: Tensor]
  let crops: [[UInt8]]

  init() throws {
    expected = try Checkpoint.read(Shared.path("parity/expected.safetensors")).tensors
    let pixels = try #require(expected["frames_u8"]).values.map { UInt8($0) }
    let size = 3 * EMENetV.side * EMENetV.side
    crops = (0..<Self.frames).map { Array(pixels[$0 * size..<($0 + 1) * size]) }
  }

  private func engine(
    _ member: Int, threads: Int = 1, kernels: KernelSet = .fastest
  ) throws -> Engine {
    let network = try EMENetV(Checkpoint.read(Shared.path(Self.checkpoints[member])))
    return Engine(networks: [network], threads: threads, kernels: kernels)
  }

  private func rows(_ name: String) throws -> [[Float]] {
    let tensor = try #require(expected[name], "\(name)")
    let size = tensor.values.count / tensor.shape[0]
    return (0..<tensor.shape[0]).map { Array(tensor.values[$0 * size..<($0 + 1) * size]) }
  }

  @Test(arguments: KernelSet.available) func everyStageOfTheBackbone(kernels: KernelSet) throws {
    // Of convolutions computed together, only the last one's output is available; likewise for
    // blocks.
    let ends = [
      "conv1, conv2_dw": "conv2_dw", "conv_3.model.3": "conv_3", "conv_4.model.5": "conv_4",
      "conv_5.model.1": "conv_5", "conv_6_sep, output_layer": "output_layer",
    ]
    var compared = 0
    let engine = try engine(0, kernels: kernels)
    engine.look(at: crops[0])
    engine.walk { index, workspace in
      let name = Engine.stageNames[index]
      guard let stage = expected["member0/frame0/\(ends[name] ?? name)"] else { return }
      let area = stage.shape.dropFirst().reduce(1, *)
      let output = area == 1 ? workspace.feature : workspace.x.values
      let found = (0..<stage.values.count).map { place in
        let (channel, pixel) = (place / area, place % area)
        return output[(channel / 16 * area + pixel) * 16 + channel % 16]
      }
      let difference = largestDifference(stage.values, found)
      #expect(difference < 1e-4, "\(name): \(difference)")
      compared += 1
    }
    #expect(compared == 8)
  }

  @Test(arguments: [0, 1], [false, true]) func logits(member: Int, carried: Bool) throws {
    let features = try rows("member\(member)/features")
    let mode = carried ? "carried" : "stateless"
    let logits = try Self.heads.map { try rows("member\(member)/\(mode)/\($0)") }
    for threads in [1, 2, 3] {
      let engine = try engine(member, threads: threads)
      var state: [Float]?
      for frame in 0..<Self.frames {
        engine.look(at: crops[frame])
        engine.prepare([0], states: [state])
        engine.run()
        #expect(largestDifference(features[frame], engine.feature) < 1e-4)
        for (index, values) in engine.logits(of: 0).enumerated() {
          #expect(largestDifference(logits[index][frame], values) < 1e-4)
        }
        if carried { state = engine.state(of: 0) }
      }
      if carried, let final = expected["member\(member)/carried_final_hidden/EXPR"] {
        let found = try #require(state).prefix(EMENetV.stateSize)
        #expect(largestDifference(final.values, Array(found)) < 1e-4)
      }
    }
  }

  @Test func ensembleAndItsUncertainties() async throws {
    let members = try Self.checkpoints.map { try Checkpoint.read(Shared.path($0)) }
    let ensemble = try Ensemble(members: members, temporal: .reset)
    func values(_ key: String) throws -> [Float] {
      try #require(expected["ensemble/\(key)"]).values
    }
    let (valence, arousal) = (try values("valence"), try values("arousal"))
    let (expressions, units) = (
      try rows("EXPR/probability".ensemble), try rows("AU/probability".ensemble)
    )
    for frame in 0..<Self.frames {
      let emotion = ensemble.estimate(crops[frame]).emotion
      #expect(largestDifference(expressions[frame], emotion.expression.probabilities) < 1e-5)
      let bins = (try rows("V/probability".ensemble), try rows("A/probability".ensemble))
      #expect(largestDifference(bins.0[frame], emotion.valence.probabilities) < 1e-5)
      #expect(largestDifference(bins.1[frame], emotion.arousal.probabilities) < 1e-5)
      #expect(abs(emotion.valence.value - valence[frame]) < 1e-5)
      #expect(abs(emotion.arousal.value - arousal[frame]) < 1e-5)
      let present = emotion.actionUnits.map(\.probability)
      #expect(largestDifference((0..<12).map { units[frame][2 * $0 + 1] }, present) < 1e-5)
      let uncertainties = [
        ("EXPR", emotion.expression.uncertainty), ("V", emotion.valence.uncertainty),
        ("A", emotion.arousal.uncertainty),
      ]
      for (key, uncertainty) in uncertainties {
        #expect(abs(try values("\(key)/aleatoric")[frame] - uncertainty.aleatoric) < 1e-5)
        #expect(abs(try values("\(key)/epistemic")[frame] - uncertainty.epistemic) < 1e-5)
      }
      for (unit, estimate) in emotion.actionUnits.enumerated() {
        let place = frame * 12 + unit
        #expect(abs(try values("AU/aleatoric")[place] - estimate.uncertainty.aleatoric) < 1e-5)
        #expect(abs(try values("AU/epistemic")[place] - estimate.uncertainty.epistemic) < 1e-5)
      }
    }
  }
}

extension String {
  fileprivate var ensemble: String { "ensemble/" + self }
}

func largestDifference(_ first: [Float], _ second: [Float]) -> Float {
  guard first.count == second.count else { return .infinity }
  return zip(first, second).map { abs($0 - $1) }.max() ?? .infinity
}
