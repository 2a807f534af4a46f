/// What the screen knows and the keys change; draws itself on a canvas.
struct ScreenModel: Sendable {
  var reading: FrameReading?
  var status: SessionStatus?
  /// Time constant of the display, s
  var smoothing: Double
  var showsPreview = true
  var showsHelp = false
  private(set) var faces: [Int: FaceDisplay] = [:]
  /// The face that the bars show; nil for the leading one
  private(set) var chosen: Int?

  static let minimum = (columns: 60, rows: 20)

  init(smoothing: Double) {
    self.smoothing = smoothing
  }

  mutating func take(_ reading: FrameReading) {
    guard reading.frame != self.reading?.frame else { return }
    self.reading = reading
    for face in reading.faces {
      faces[face.id, default: FaceDisplay(face.emotion, time: reading.time)]
        .update(face.emotion, time: reading.time, smoothing: smoothing)
    }
    // A face that left keeps its history while it could still show.
    faces = faces.filter { id, face in
      reading.faces.contains { $0.id == id }
        || reading.time - (face.history.last?.time ?? 0) < FaceDisplay.trailSeconds
    }
  }

  var focus: Int? {
    let ids = reading?.faces.map(\.id) ?? []
    return chosen.flatMap { ids.contains($0) ? $0 : nil } ?? ids.first
  }

  mutating func focusNext() {
    let ids = (reading?.faces.map(\.id) ?? []).sorted()
    guard !ids.isEmpty else { return }
    chosen = ids.first { $0 > focus ?? 0 } ?? ids[0]
  }

  mutating func toggleNeutral() {
    if let focus { faces[focus]?.toggleNeutral() }
  }

  mutating func changeSmoothing(by factor: Double) {
    let next = smoothing * factor
    smoothing = smoothing == 0 ? (factor > 1 ? 0.1 : 0) : next < 0.05 ? 0 : min(5, next)
  }
}

extension ScreenModel {
  /// - Parameter hasColors: half blocks need two colours a cell
  func draw(columns: Int, rows: Int, glyphs: Glyphs, hasColors: Bool) -> Canvas {
    var canvas = Canvas(columns: columns, rows: rows)
    guard columns >= Self.minimum.columns, rows >= Self.minimum.rows else {
      canvas.put("too small: \(columns)x\(rows)", 0, 0, .ink(.alert, bold: true))
      canvas.put(
        "needs \(Self.minimum.columns)x\(Self.minimum.rows), q quits", 0, 1)
      return canvas
    }
    drawStatus(on: &canvas)
    let face = focus.flatMap { faces[$0] }
    let left = max(26, min(56, columns * 2 / 5))
    let right = columns - left - 2
    canvas.drawExpressions(
      face?.emotion.expression, in: Area(column: 0, row: 2, columns: left, rows: 8), glyphs)
    canvas.drawValenceArousal(
      face, in: Area(column: 0, row: 11, columns: left, rows: 3), glyphs)
    canvas.drawActionUnits(
      face?.emotion.actionUnits, in: Area(column: left + 2, row: 2, columns: right, rows: 13),
      glyphs)
    drawLower(on: &canvas, face, top: 15, bottom: rows - 1, glyphs, hasColors)
    drawLegend(on: &canvas, row: rows - 1, glyphs)
    if showsHelp { drawHelp(on: &canvas) }
    return canvas
  }

  /// Plane, history and preview side by side in what is left of the height.
  private func drawLower(
    on canvas: inout Canvas, _ face: FaceDisplay?, top: Int, bottom: Int, _ glyphs: Glyphs,
    _ hasColors: Bool
  ) {
    let height = bottom - top
    guard height >= 3 else { return }
    let preview = showsPreview && reading != nil ? min(canvas.columns / 2, height * 8 / 3) : 0
    let plane = min(canvas.columns / 4, max(16, height * 5 / 2))
    let history = canvas.columns - plane - preview - (preview > 0 ? 4 : 2)
    canvas.drawPlane(
      face, in: Area(column: 0, row: top, columns: plane, rows: height), glyphs)
    canvas.drawHistory(
      face, in: Area(column: plane + 2, row: top, columns: history, rows: height), glyphs)
    if preview > 0, let reading {
      canvas.drawPreview(
        reading, focus: focus,
        in: Area(
          column: canvas.columns - preview, row: top, columns: preview, rows: height),
        glyphs, hasColors: hasColors)
    }
  }

  private func drawStatus(on canvas: inout Canvas) {
    guard let status else { return }
    let format = status.format
    let rate = tenths(format.framesPerSecond)
    canvas.put(
      "emenet  \(format.name)  \(format.pixelFormat) \(format.width)x\(format.height)@\(rate)", 0,
      0, .bold)
    var parts = [
      "in \(tenths(status.framesPerSecondIn)) out \(tenths(status.framesPerSecondOut)) fps",
      "\(Int(status.latencyMedianMilliseconds.rounded()))/"
        + "\(Int(status.latencyP95Milliseconds.rounded())) ms p50/p95",
      "dropped \(status.counters.dropped)", status.membersText,
    ]
    if status.counters.damaged > 0 { parts.append("damaged \(status.counters.damaged)") }
    canvas.put(parts.joined(separator: "  "), 0, 1, .dim)
    let count = reading?.faces.count ?? 0
    let shown = focus.map { count > 1 ? "face \($0) of \(count)" : "face \($0)" } ?? "no face"
    var notes: [(String, Style)] = [(shown, focus == nil ? .ink(.alert, bold: true) : Style())]
    if status.isPaused { notes.append(("PAUSED", .ink(.alert, bold: true))) }
    if let recording = status.recording {
      notes.append(
        (
          "REC \(clock(recording.seconds)) \(bytes(recording.bytes))",
          .ink(.recording, bold: true)
        ))
    }
    if let text = status.trouble ?? status.notice { notes.append((text, .ink(.alert, bold: true))) }
    // From the right, the most urgent outermost; over the name where the line is full.
    var end = canvas.columns
    for (text, style) in notes.reversed() {
      let text = String(text.prefix(canvas.columns - 2))
      end -= text.count + 2
      canvas.put("  " + text, max(0, end), 0, style)
    }
  }

  private func drawLegend(on canvas: inout Canvas, row: Int, _ glyphs: Glyphs) {
    canvas.put(String(glyphs.aleatoric) + " aXX aleatoric", 0, row, .ink(.aleatoric))
    canvas.put(String(glyphs.epistemic) + " eXX epistemic %", 17, row, .ink(.epistemic))
    let keys = "q quit  r record  space pause  ? keys"
    canvas.put(keys, canvas.columns - keys.count, row, .dim)
  }

  private func drawHelp(on canvas: inout Canvas) {
    let lines = [
      "q      quit", "r      record on, off", "space  pause", "s      snapshot (PNG)",
      "Tab    next face", "c      this face is neutral now; again: undo",
      "+ -    smoothing of the screen, now \(tenths(smoothing)) s", "p      preview on, off",
      "?      this help", "", "aleatoric: the face is ambiguous",
      "epistemic: the members disagree",
    ]
    let width = (lines.map(\.count).max() ?? 0) + 4
    let left = max(0, (canvas.columns - width) / 2)
    let top = max(0, (canvas.rows - lines.count - 2) / 2)
    for row in 0..<lines.count + 2 {
      let text = row > 0 && row <= lines.count ? "  " + lines[row - 1] : ""
      canvas.put(text.padded(to: width), left, top + row, Style(isReversed: true))
    }
  }
}

private func clock(_ seconds: Double) -> String {
  let whole = Int(seconds)
  return "\(whole / 60):" + padLeft("\(whole % 60)", 2).replacing(" ", with: "0")
}

private func bytes(_ count: Int) -> String {
  count < 1 << 20 ? "\(count >> 10) KiB" : "\(tenths(Double(count) / 1_048_576)) MiB"
}
