import Imaging
import Inference
import Reading

/// Bars used in both the annotated video and rendered images.
extension Pen {
  /// Draws `value`, in [0, 1], from the left edge of `rect`.
  package func bar(_ value: Float, in rect: Rect, _ color: Color) {
    fill(
      Rect(x: rect.x, y: rect.y, width: rect.width * value.inUnitRange, height: rect.height), color)
  }

  /// Draws `value`, in [-1, 1], from the middle of `rect`.
  package func barAboutZero(_ value: Float, in rect: Rect, _ color: Color) {
    let extent = rect.width / 2 * max(-1, min(1, value.isFinite ? value : 0))
    fill(
      Rect(
        x: rect.center.x + min(0, extent), y: rect.y, width: abs(extent), height: rect.height),
      color)
  }

  /// Aleatoric from the left, then epistemic; together in [0, 1].
  package func uncertaintyBar(_ uncertainty: Uncertainty, in rect: Rect, _ palette: Palette) {
    let aleatoric = uncertainty.aleatoric.inUnitRange
    let epistemic = min(uncertainty.epistemic.inUnitRange, 1 - aleatoric)
    var part = rect
    part.width = rect.width * aleatoric
    fill(part, palette.aleatoric)
    part.x += part.width
    part.width = rect.width * epistemic
    fillStriped(part, palette.epistemic, stripes: palette.epistemicStripe)
  }
}

extension Float {
  fileprivate var inUnitRange: Float { isFinite ? Swift.max(0, Swift.min(1, self)) : 0 }
}

/// Formats as "0.52", without the cost of a formatter.
package func fixed2(_ value: Float, signed: Bool = false) -> String {
  guard value.isFinite, abs(value) < 1e6 else { return "–" }
  let hundredths = Int((abs(value) * 100).rounded())
  let sign = value < 0 && hundredths > 0 ? "−" : signed ? (hundredths > 0 ? "+" : " ") : ""
  let rest = hundredths % 100
  return "\(sign)\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
}
