import Imaging
import Theme

/// A part of a report on paper that is never split across two pages.
struct Block {
  let height: Double
  /// Draws from the top left corner of the block.
  let draw: (Pen) -> Void
}

extension Report {
  /// The whole report, from top to bottom.
  func blocks(width: Double, _ colors: ReportColors) -> [Block] {
    let palette = colors.palette
    var blocks = [text(title, size: 18, height: 30, weight: .bold, palette.text)]
    for run in runs {
      if runs.count > 1 {
        blocks.append(text(run.title, size: 15, height: 34, weight: .bold, palette.text))
      }
      for line in wrapped(run.facts, width: width) {
        blocks.append(text(line, size: 11, height: 17, palette.faintText))
      }
      let table = TotalsTable(run)
      if run.faceCount == 0 {
        blocks.append(text("No face was seen.", size: 13, height: 24, palette.text))
      } else {
        blocks.append(block(table, width: width, colors))
        for line in wrapped(TotalsTable.note, width: width) {
          blocks.append(text(line, size: 10.5, height: 15, palette.faintText))
        }
      }
      for marker in run.markers.prefix(40) {
        blocks.append(
          text(
            "marker " + marker.cells.filter { !$0.isEmpty }.joined(separator: "   "), size: 11,
            height: 16, palette.text))
      }
      blocks.append(Block(height: 16) { _ in })
      for face in run.faces.prefix(TotalsTable.mostFaces) {
        let chart = FaceChart(run: run, face: face, colors: colors, width: width)
        blocks.append(Block(height: chart.height + 24) { chart.draw($0) })
      }
    }
    return blocks
  }

  private func text(
    _ words: String, size: Double, height: Double, weight: Pen.Weight = .normal, _ color: Color
  ) -> Block {
    Block(height: height) {
      $0.text(words, 0, height - 6, size: size, color, weight: weight)
    }
  }

  private func block(_ table: TotalsTable, width: Double, _ colors: ReportColors) -> Block {
    let palette = colors.palette
    let (row, name) = (19.0, 160.0)
    let column = min(130, (width - name) / Double(max(1, table.columns.count)))
    return Block(height: row * Double(table.rows.count + 1) + 14) { pen in
      func put(_ words: String, _ index: Int, _ line: Int, _ weight: Pen.Weight = .normal) {
        pen.text(
          words, name + column * Double(index + 1) - 6, row * Double(line) + 14, size: 11.5,
          palette.text, weight: weight, align: .right)
      }
      for (index, title) in table.columns.enumerated() { put(title, index, 0, .bold) }
      for (line, entry) in table.rows.enumerated() {
        let y = Float(row * Double(line + 1))
        for (index, share) in entry.shares.enumerated() {
          guard let share else { continue }
          pen.fill(
            Rect(
              x: Float(name + column * Double(index)) + 4, y: y + 2,
              width: Float((column - 8) * share), height: Float(row) - 4),
            colors.mix(palette.background, palette.bar, 0.6))
        }
        pen.text(entry.name, 0, Double(y) + 14, size: 11.5, palette.text)
        for (index, cell) in entry.cells.enumerated() { put(cell, index, line + 1) }
        pen.line(
          [Point(0, y), Point(Float(name + column * Double(table.columns.count)), y)],
          palette.line.opacity(0.5), width: 0.6)
      }
    }
  }

  /// Breaks `text` between words, assuming an average width for letters of size 11.
  private func wrapped(_ text: String, width: Double) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if Double(line.count + 1 + word.count) * 6.6 <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
