import Reading
import Theme

extension Canvas {
  /// The marks of the two kinds of uncertainty, and as many keys as fit.
  ///
  /// - Parameter isTechnical: uses the field's own terms for them
  mutating func drawLegend(isFile: Bool, isTechnical: Bool, in area: Area) {
    let keys = KeyBinding.all.filter { $0.label != nil && (isFile || !$0.isForFiles) }
    // On a narrow screen the keys come first.
    let importance = area.columns >= 60 ? 20 : 0
    putSegments(
      [
        Segment(
          importance, ("\(glyphs.aleatoric)", .ink(.aleatoric)),
          (isTechnical ? " aleatoric" : " ambiguous", .muted)),
        Segment(
          importance, ("\(glyphs.epistemicKey)", .ink(.epistemic)),
          (isTechnical ? " epistemic" : " unfamiliar", .muted)),
      ],
      keys.enumerated().map { index, key in
        Segment(
          12 - index, (key.name, .ink(.title, bold: true)), (" \(key.label ?? "")", .muted))
      }, in: area)
  }

  private func soundLines(_ sound: SoundStatus) -> [(key: String, text: String)] {
    let window =
      "from the frame to its sound; "
      + (sound.lookaheadMilliseconds > 0
        ? "frames wait \(Int(sound.lookaheadMilliseconds)) ms for it"
        : "--audio-lookahead 315 centres it")
    return [
      (
        bar(0.5, width: 4).filled,
        "sound, -60 to 0 dB; voice: somebody speaks, 10 dB over noise"
      ),
      (sound.offsetText ?? "-", window),
    ]
  }

  /// A box in the middle; any key closes it.
  mutating func drawHelp(smoothing: Double, sound: SoundStatus?) {
    let (a, e) = (glyphs.aleatoric, glyphs.epistemicKey)
    var lines: [(key: String, text: String)] =
      KeyBinding.all.map { ($0.name, $0.help(smoothing)) } + [
        ("", ""),
        ("\(glyphs.marker)", "the expression that won; an active action unit"),
        ("\(a)", "ambiguous (aleatoric): people would differ on this picture"),
        ("\(e)", "unfamiliar (epistemic): the models disagree"),
      ]
    if let sound { lines += soundLines(sound) }
    let width = min(columns, 74)
    // If not everything fits, the keys come first, without blanks between them.
    let isShort = lines.count + 4 > rows
    if isShort { lines.removeAll { $0.key.isEmpty } }
    let box = Area(
      column: (columns - width) / 2, row: max(0, (rows - lines.count - (isShort ? 2 : 4)) / 2),
      columns: width,
      rows: min(rows, lines.count + (isShort ? 2 : 4)))
    fill(box)
    putTitle(
      "", Area(column: box.column, row: box.row, columns: width, rows: 1))
    putTitle(
      "", Area(column: box.column, row: box.row + box.rows - 1, columns: width, rows: 1))
    put(" Keys ", box.column + 3, box.row, .ink(.title, bold: true))
    for (index, line) in lines.prefix(max(0, box.rows - 2)).enumerated() {
      let row = box.row + (isShort ? 1 : 2) + index
      let style: Style =
        line.key == "\(a)"
        ? .ink(.aleatoric) : line.key == "\(e)" ? .ink(.epistemic) : .ink(.title, bold: true)
      put(line.key, box.column + 3, row, style)
      put(line.text, box.column + 11, row, limit: width - 12)
    }
    for (side, column) in [box.column, box.column + width - 1].enumerated() {
      for row in 1..<max(1, box.rows - 1) { put(glyphs.vertical, column, box.row + row, .faint) }
      put(glyphs.corners[2 * side], column, box.row, .faint)
      put(glyphs.corners[2 * side + 1], column, box.row + box.rows - 1, .faint)
    }
  }
}
