import Inference
import Reading
import Theme

extension Canvas {
  /// A bar of `width` cells, `thickness` rows high, filled to `fraction` in [0, 1].
  mutating func putBar(
    _ fraction: Float, _ column: Int, _ row: Int, width: Int, thickness: Int = 1, _ style: Style
  ) {
    let filled = steps(fraction, width, glyphs.bar.count)
    for cell in 0..<max(0, width) {
      let rest = min(glyphs.bar.count, filled - cell * glyphs.bar.count)
      for line in 0..<thickness {
        if rest > 0 {
          put(glyphs.bar[rest - 1], column + cell, row + line, style)
        } else if line == 0 {
          put(glyphs.track, column + cell, row, .faint)
        }
      }
    }
  }

  /// The same bar as text: the filled part, then the rest of the track.
  package func bar(_ fraction: Float, width: Int) -> (filled: String, track: String) {
    let parts = glyphs.bar.count
    let filled = steps(fraction, width, parts)
    let (whole, rest) = filled.quotientAndRemainder(dividingBy: parts)
    var text = String(repeating: String(glyphs.bar[parts - 1]), count: whole)
    if rest > 0 { text.unicodeScalars.append(glyphs.bar[rest - 1]) }
    return (
      text, String(repeating: String(glyphs.track), count: width - text.unicodeScalars.count)
    )
  }

  /// A bar that starts at the axis in the middle and extends left to -1 or right to +1. With an odd
  /// `width` both sides are equal.
  mutating func putCenteredBar(
    _ value: Float, _ column: Int, _ row: Int, width: Int, thickness: Int = 1, _ style: Style
  ) {
    guard width > 0 else { return }
    let side = (width - 1) / 2
    let parts = glyphs.bar.count
    let filled = steps(abs(value), side, parts)
    for cell in 0..<side {
      let rest = min(parts, filled - cell * parts)
      for line in 0..<thickness {
        let (left, right) = (column + side - 1 - cell, column + side + 1 + cell)
        if line == 0 {
          for place in [left, right] { put(glyphs.track, place, row, .faint) }
        }
        guard rest > 0 else { continue }
        if value > 0 {
          put(glyphs.bar[rest - 1], right, row + line, style)
        } else if rest == parts {
          put(glyphs.bar[parts - 1], left, row + line, style)
        } else {
          // No block glyphs fill from the right, so the empty part is drawn and reversed.
          var reversed = style
          reversed.isReversed = true
          put(glyphs.bar[parts - rest - 1], left, row + line, reversed)
        }
      }
    }
    for line in 0..<thickness { put(glyphs.vertical, column + side, row + line, .muted) }
  }

  /// A whisker on a bar of ``putCenteredBar(_:_:_:width:thickness:_:)``, from one standard
  /// deviation below the value to one above it.
  mutating func putWhiskers(
    _ value: Float, deviation: Float, _ column: Int, _ row: Int, width: Int, _ style: Style
  ) {
    let side = (width - 1) / 2
    guard side > 0, value.isFinite, deviation.isFinite else { return }
    func place(_ value: Float) -> Int {
      side + Int((min(1, max(-1, value)) * Float(side)).rounded())
    }
    let (low, high) = (place(value - deviation), place(value + deviation))
    for cell in low...high where cell != side {
      var style = style
      // On the bar, the whisker is cut out of it.
      style.isReversed =
        value > 0
        ? (side..<place(value) + 1).contains(cell)
        : (place(value)..<side).contains(cell)
      put(
        cell == low ? glyphs.rangeStart : cell == high ? glyphs.rangeEnd : glyphs.horizontal,
        column + cell, row, style)
    }
  }

  /// Both uncertainties side by side in two kinds of cells; their sum is in [0, 1] of `width`.
  mutating func putUncertainty(
    _ uncertainty: Uncertainty, _ column: Int, _ row: Int, width: Int
  ) {
    let aleatoric = steps(uncertainty.aleatoric, width, 1)
    let parts = glyphs.epistemic.count
    let epistemic = steps(uncertainty.epistemic, width, parts)
    for cell in 0..<max(0, width) {
      let rest = min(parts, epistemic - (cell - aleatoric) * parts)
      if cell < aleatoric {
        put(glyphs.aleatoric, column + cell, row, .ink(.aleatoric))
      } else if rest > 0 {
        put(glyphs.epistemic[rest - 1], column + cell, row, .ink(.epistemic))
      }
    }
  }

  /// Both as numbers after the glyphs of their bars, `━.31 ▌.02`: `uncertaintyNumbersWidth`
  /// columns.
  mutating func putUncertaintyNumbers(_ uncertainty: Uncertainty?, _ column: Int, _ row: Int) {
    put(glyphs.aleatoric, column, row, .ink(.aleatoric))
    put(uncertainty.map { hundredths($0.aleatoric) } ?? "  -", column + 1, row, .muted)
    put(glyphs.epistemicKey, column + 5, row, .ink(.epistemic))
    put(uncertainty.map { hundredths($0.epistemic) } ?? "  -", column + 6, row, .muted)
  }

  static let uncertaintyNumbersWidth = 9

  /// A heading followed by a rule to the right edge of the area.
  mutating func putTitle(
    _ title: String, _ area: Area, note: String? = nil, noteStyle: Style = .ink(.alert, bold: true)
  ) {
    for column in 0..<max(0, area.columns) {
      put(glyphs.horizontal, area.column + column, area.row, .faint)
    }
    put(title + " ", area.column, area.row, .ink(.title, bold: true), limit: area.columns)
    if let note {
      let text = " \(note)"
      put(
        text, max(area.column, area.column + area.columns - text.count), area.row, noteStyle,
        limit: area.columns)
    }
  }

  /// How many of `width * parts` steps `fraction` fills; 0 for NaN.
  private func steps(_ fraction: Float, _ width: Int, _ parts: Int) -> Int {
    let fraction = fraction.isFinite ? min(1, max(0, fraction)) : 0
    return Int((fraction * Float(max(0, width) * parts)).rounded())
  }
}

/// Three columns: `.31`, `1.0`
package func hundredths(_ fraction: Float) -> String {
  let value = fraction.isFinite ? min(100, max(0, Int((fraction * 100).rounded()))) : 0
  return value == 100 ? "1.0" : "." + (value < 10 ? "0\(value)" : "\(value)")
}

/// Four columns: ` 62%`; with a sign, as a difference: `+62%`
package func percent(_ fraction: Float, signed: Bool = false) -> String {
  let value = fraction.isFinite ? Int((min(1, max(-1, fraction)) * 100).rounded()) : 0
  guard signed else { return padLeft("\(max(0, value))%", 4) }
  return padLeft((value < 0 ? "-" : "+") + "\(min(99, abs(value)))%", 4)
}

func padLeft(_ text: String, _ count: Int) -> String {
  String(repeating: " ", count: max(0, count - text.count)) + text
}
