import Inference
import Theme

/// The colours of a report on light or dark paper.
struct ReportColors: Sendable {
  let palette: Palette
  let isDark: Bool

  static let light = ReportColors(palette: .light, isDark: false)
  static let dark = ReportColors(palette: .dark, isDark: true)

  /// The same hue as on the terminal, dark enough for white paper.
  func color(_ ink: Ink) -> Color {
    guard let rgb = ink.rgb else { return palette.text }
    let factor = isDark ? 1 : 0.72
    var color = palette.text
    color.red = Double(rgb.red) / 255 * factor
    color.green = Double(rgb.green) / 255 * factor
    color.blue = Double(rgb.blue) / 255 * factor
    return color
  }

  /// For a filled area, which needs less contrast than a line.
  func area(_ expression: Expression) -> Color {
    guard let rgb = Ink.expression(expression).rgb else { return palette.line }
    var color = palette.text
    color.red = Double(rgb.red) / 255
    color.green = Double(rgb.green) / 255
    color.blue = Double(rgb.blue) / 255
    return color
  }

  /// From the track to the strong bar; `value` in [0, 1].
  func heat(_ value: Float) -> Color { mix(palette.track, palette.strongBar, Double(value)) }

  func mix(_ from: Color, _ to: Color, _ share: Double) -> Color {
    let share = share.isFinite ? max(0, min(1, share)) : 0
    var color = from
    color.red += (to.red - from.red) * share
    color.green += (to.green - from.green) * share
    color.blue += (to.blue - from.blue) * share
    return color
  }
}
