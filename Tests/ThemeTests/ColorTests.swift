import Inference
import Testing

@testable import Theme

@Suite struct ColorTests {
  @Test(arguments: [Ink.aleatoric, .epistemic])
  func bothUncertaintiesHaveOneColourInEveryMedium(ink: Ink) {
    #expect(Palette.dark[ink] == Palette.light[ink])
    #expect(ink.row.terminal == ink.row.dark)
  }

  /// So that terminals of 256 colours show what others do.
  @Test(
    arguments: [
      .muted, .faint, .title, .value, .active, .aleatoric, .epistemic, .valence, .arousal, .alert,
      .recording, .focus,
    ] + Expression.allCases.map(Ink.expression))
  func coloursOfTheTerminalAreOfTheCubeOrTheGreys(ink: Ink) throws {
    let (red, green, blue) = try #require(ink.rgb)
    let isOfCube = [red, green, blue].allSatisfy { [0, 95, 135, 175, 215, 255].contains($0) }
    #expect(isOfCube || red == green && green == blue && (red - 8).isMultiple(of: 10))
  }

  @Test(
    arguments: zip(
      [Color(0x14171c), Color(0xffffff), Color(0x000a0b)], ["#14171c", "#ffffff", "#000a0b"]))
  func colorsAreWrittenAsHexadecimal(color: Color, text: String) {
    #expect(color.hexadecimal == text)
  }

  /// WCAG 2.2 requires a contrast ratio of 3 for graphical objects; both colours come close to it
  /// on white and exceed it on black.
  @Test(arguments: [Ink.aleatoric, .epistemic], [Palette.dark, .light])
  func bothUncertaintiesAreLegibleOnDarkAndOnLight(ink: Ink, palette: Palette) {
    #expect(contrast(palette[ink], palette.background) > 2.8)
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
