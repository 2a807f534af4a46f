import Testing

@testable import Theme

@Suite struct ColorTests {
  @Test func bothUncertaintiesHaveOneColourInEveryMedium() throws {
    for palette in [Palette.dark, .light] {
      #expect(palette.aleatoric == .aleatoric)
      #expect(palette.epistemic == .epistemic)
    }
    for (ink, color) in [(Ink.aleatoric, Color.aleatoric), (.epistemic, .epistemic)] {
      let (red, green, blue) = try #require(ink.rgb)
      #expect((red, green, blue) == color.bytes)
    }
  }

  /// WCAG 2.2 requires a contrast ratio of 3 for graphical objects; both colours come close to it
  /// on white and exceed it on black.
  @Test(arguments: [Color.aleatoric, .epistemic])
  func bothUncertaintiesAreLegibleOnDarkAndOnLight(color: Color) {
    #expect(contrast(color, Palette.dark.background) > 2.8)
    #expect(contrast(color, Palette.light.background) > 2.8)
  }

  private func contrast(_ one: Color, _ other: Color) -> Double {
    let (light, dark) = (
      max(one.luminance, other.luminance), min(one.luminance, other.luminance)
    )
    return (light + 0.05) / (dark + 0.05)
  }
}

extension Color {
  /// Relative luminance of sRGB, in [0, 1].
  fileprivate var luminance: Double {
    func linear(_ value: Double) -> Double {
      // A close approximation of sRGB's curve.
      value * value * (0.7 * value + 0.3)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }
}
