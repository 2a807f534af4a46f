import Testing

@testable import Inference

/// The reference implementation's numbers, from `../shared/parity`.
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

  private func network(_ member: Int) throws -> EMENetV {
    try EMENetV(Checkpoint.read(Shared.path(Self.checkpoints[member])))
  }

  private func rows(_ name: String) throws -> [[Float]] {
    let tensor = try #require(expected[name], "\(name)")
    let size = tensor.values.count / tensor.shape[0]
    return (0..<tensor.shape[0]).map { Array(tensor.values[$0 * size..<($0 + 1) * size]) }
  }

  @Test func everyStageOfTheBackbone() throws {
    // A stage of several blocks is known by its last one.
    let last = ["conv_3.model.3": "conv_3", "conv_4.model.5": "conv_4", "conv_5.model.1": "conv_5"]
    var compared = 0
    let input = Ensemble.planes(crops[0], .rgb)
    _ = try network(0).features(of: input) { name, output in
      guard let stage = expected["member0/frame0/\(last[name] ?? name)"] else { return }
      let difference = zip(stage.values, output).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference < 1e-4, "\(name): \(difference)")
      compared += 1
    }
    #expect(compared == 10)
  }

  @Test(arguments: [0, 1], [false, true]) func logits(member: Int, carried: Bool) throws {
    let network = try network(member)
    var state = [[Float]](repeating: .init(repeating: 0, count: EMENetV.stateSize), count: 4)
    let features = try rows("member\(member)/features")
    let mode = carried ? "carried" : "stateless"
    let logits = try Self.heads.map { try rows("member\(member)/\(mode)/\($0)") }
    for frame in 0..<Self.frames {
      let feature = network.features(of: Ensemble.planes(crops[frame], .rgb))
      let found = UnsafeBufferPointer(start: feature, count: EMENetV.featureSize)
      #expect(largestDifference(features[frame], Array(found)) < 1e-4)
      for (index, head) in network.heads.enumerated() {
        let (values, next) = head.forward(feature, state: state[index])
        #expect(largestDifference(logits[index][frame], values) < 1e-4)
        if carried { state[index] = next }
      }
    }
    if carried, let final = expected["member\(member)/carried_final_hidden/EXPR"] {
      #expect(largestDifference(final.values, state[0]) < 1e-4)
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
      let emotion = await ensemble.estimate(crops[frame]).emotion
      #expect(largestDifference(expressions[frame], emotion.expression.probabilities) < 1e-5)
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

private func largestDifference(_ first: [Float], _ second: [Float]) -> Float {
  guard first.count == second.count else { return .infinity }
  return zip(first, second).map { abs($0 - $1) }.max() ?? .infinity
}
