import Testing

@testable import Inference
@testable import Layers

@Suite struct UncertaintyTests {
  private static func distribution(_ count: Int, _ seed: inout UInt64) -> [Float] {
    let weights = (0..<count).map { _ in
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(seed >> 40) + 1
    }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  @Test(arguments: 1...9, [2, 7, 20])
  func row17_membersThatAgreeHaveNoEpistemicUncertainty(members: Int, classes: Int) {
    var seed: UInt64 = 1
    for _ in 0..<200 {
      let one = Self.distribution(classes, &seed)
      let (mean, uncertainty) = Uncertainty.mixing(.init(repeating: one, count: members))
      #expect(mean == one)
      #expect(uncertainty.epistemic == 0 && uncertainty.aleatoric == normalizedEntropy(one))
    }
  }

  @Test(arguments: 2...5, [2, 7, 20])
  func row17_membersThatDisagreeHaveSome(members: Int, classes: Int) {
    var seed: UInt64 = 9
    for _ in 0..<200 {
      let all = (0..<members).map { _ in Self.distribution(classes, &seed) }
      let (mean, uncertainty) = Uncertainty.mixing(all)
      #expect(abs(mean.reduce(0, +) - 1) < 1e-5)
      #expect((0...1).contains(uncertainty.epistemic) && (0...1).contains(uncertainty.aleatoric))
    }
    let certain = (0..<2).map { member in (0..<classes).map { $0 == member ? 1 : 0 as Float } }
    let (_, uncertainty) = Uncertainty.mixing(certain)
    #expect(uncertainty.aleatoric == 0)
    #expect(
      abs(
        uncertainty.epistemic
          - normalizedEntropy([0.5, 0.5] + .init(repeating: 0, count: classes - 2))) < 1e-6)
  }
}
