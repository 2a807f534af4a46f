extension Canvas {
  /// A bar of `width` cells filled to `fraction` in [0, 1].
  mutating func putBar(
    _ fraction: Float, _ column: Int, _ row: Int, width: Int, _ style: Style, _ glyphs: Glyphs
  ) {
    let fraction = fraction.isFinite ? min(1, max(0, fraction)) : 0
    let steps = glyphs.barParts.count + 1
    let filled = Int((fraction * Float(width * steps)).rounded())
    for cell in 0..<max(0, width) {
      let rest = filled - cell * steps
      let glyph =
        rest >= steps ? glyphs.bar : rest > 0 ? glyphs.barParts[rest - 1] : glyphs.track
      self[column + cell, row] = Cell(
        glyph: glyph, style: rest > 0 ? style : Style(ink: .faint, isDim: true))
    }
  }

  /// A bar from the middle: left of it for -1, right of it for +1.
  mutating func putCenteredBar(
    _ value: Float, _ column: Int, _ row: Int, width: Int, _ style: Style, _ glyphs: Glyphs
  ) {
    let value = value.isFinite ? min(1, max(-1, value)) : 0
    let middle = width / 2
    let end = middle + Int((value * Float(middle)).rounded())
    for cell in 0..<max(0, width) {
      let isFilled = cell >= min(middle, end) && cell <= max(middle, end) && cell != middle
      let glyph = cell == middle ? glyphs.vertical : isFilled ? glyphs.bar : glyphs.track
      self[column + cell, row] = Cell(
        glyph: glyph, style: isFilled ? style : Style(ink: .faint, isDim: cell != middle))
    }
  }

  /// Both uncertainties: a bar of two kinds of cells, then both numbers in percent, `a31 e02`.
  /// Takes `barWidth` cells and 7 more, one between them where there is a bar.
  mutating func putUncertainty(
    _ uncertainty: (aleatoric: Float, epistemic: Float), _ column: Int, _ row: Int, barWidth: Int,
    _ glyphs: Glyphs
  ) {
    let aleatoric = Int((uncertainty.aleatoric * Float(barWidth)).rounded())
    let total = Int(((uncertainty.aleatoric + uncertainty.epistemic) * Float(barWidth)).rounded())
    // The smallest disagreement that rounds to a percent still shows.
    let end = uncertainty.epistemic >= 0.005 ? max(total, aleatoric + 1) : total
    for cell in 0..<max(0, barWidth) {
      let isAleatoric = cell < aleatoric
      let isEpistemic = !isAleatoric && cell < end
      self[column + cell, row] = Cell(
        glyph: isAleatoric ? glyphs.aleatoric : isEpistemic ? glyphs.epistemic : glyphs.track,
        style: isAleatoric
          ? .ink(.aleatoric)
          : isEpistemic ? .ink(.epistemic) : Style(ink: .faint, isDim: true))
    }
    let start = column + barWidth + (barWidth > 0 ? 1 : 0)
    put("a" + percent(uncertainty.aleatoric), start, row, .ink(.aleatoric))
    put("e" + percent(uncertainty.epistemic), start + 4, row, .ink(.epistemic))
  }
}

/// Two digits, `99` at most, so that columns stay in place.
func percent(_ fraction: Float) -> String {
  let value = fraction.isFinite ? min(99, max(0, Int((fraction * 100).rounded()))) : 0
  return value < 10 ? "0\(value)" : "\(value)"
}
