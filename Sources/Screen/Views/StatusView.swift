import Reading
import Theme

extension Canvas {
  /// A piece of a line. When space is short, the least important are dropped first.
  struct Segment: Sendable {
    var runs: [(text: String, style: Style)]
    /// The highest are kept longest.
    var importance: Int

    init(_ importance: Int, _ runs: (text: String, style: Style)...) {
      self.runs = runs
      self.importance = importance
    }

    var columns: Int { runs.reduce(0) { $0 + $1.text.unicodeScalars.count } }
  }

  /// `left` from the left edge, `right` up to the right edge, with two blanks between segments.
  mutating func putSegments(_ left: [Segment], _ right: [Segment] = [], in area: Area) {
    var (left, right) = (left, right)
    func width() -> Int {
      (left + right).reduce(0) { $0 + $1.columns + 2 } - 2
    }
    while width() > area.columns, left.count + right.count > 1 {
      let least = (left + right).map(\.importance).min() ?? 0
      if let index = right.firstIndex(where: { $0.importance == least }) {
        right.remove(at: index)
      } else if let index = left.lastIndex(where: { $0.importance == least }) {
        left.remove(at: index)
      }
    }
    var column = area.column
    for segment in left { column = put(segment, column, area) + 2 }
    column = area.column + area.columns - (right.reduce(0) { $0 + $1.columns + 2 } - 2)
    for segment in right { column = put(segment, max(area.column, column), area) + 2 }
  }

  private mutating func put(_ segment: Segment, _ column: Int, _ area: Area) -> Int {
    var column = column
    for (text, style) in segment.runs {
      put(text, column, area.row, style, limit: area.column + area.columns - column)
      column += text.unicodeScalars.count
    }
    return column
  }

  /// The source and its state; in a second row, if there is one, rates, delays and members.
  mutating func drawStatus(_ status: SessionStatus, faces: Int, focus: Int?, in area: Area) {
    let format = status.format
    let name =
      format.name.unicodeScalars.count <= area.columns / 3
      ? format.name
      : String(format.name.prefix(area.columns / 3 - 1)) + (glyphs == .ascii ? "~" : "…")
    let rate = format.framesPerSecond > 0 ? " \(short(format.framesPerSecond)) fps" : ""
    var right: [Segment] = []
    if let trouble = status.trouble {
      right.append(Segment(9, (" \(trouble) ", Style(ink: .alert, isBold: true, isReversed: true))))
    }
    if status.isPaused {
      right.append(Segment(8, (" PAUSED ", Style(ink: .alert, isBold: true, isReversed: true))))
    }
    if let recording = status.recording {
      right.append(
        Segment(
          7, ("\(glyphs.recording) REC ", .ink(.recording, bold: true)),
          ("\(clock(recording.seconds)) \(size(recording.bytes))", .ink(.recording))))
      if recording.leftOut > 0 {
        right.append(Segment(6, ("video lacks \(recording.leftOut)", .ink(.alert))))
      }
    }
    if let sound = status.sound, let offset = sound.offsetText {
      let wait = Int(sound.lookaheadMilliseconds)
      let name = area.columns >= 108 && sound.name != format.name ? sound.name : ""
      right.append(
        Segment(
          5, (name.isEmpty ? "sound " : "\(name.prefix(24)) ", .muted), (offset, Style()),
          (wait > 0 ? ", waits \(wait) ms" : "", .muted)))
    }
    right.append(
      faces == 0
        ? Segment(6, ("no face", .ink(.alert)))
        : faces == 1
          ? Segment(3, ("1 face", .muted))
          : Segment(
            6, ("face \(focus ?? 0)", .ink(.focus, bold: true)), (" of \(faces), Tab", .muted)))
    let position = status.position.map { position in
      let length = format.seconds.map { "/" + clock($0) } ?? ""
      return [Segment(5, (clock(position), Style()), (length, .muted))]
    }
    putSegments(
      [
        Segment(5, ("emenet", .ink(.title, bold: true))), Segment(4, (name, .bold)),
      ] + (position ?? []) + [
        Segment(
          2, ("\(format.width)x\(format.height) \(format.pixelFormat)\(rate)", .muted))
      ], right, in: area)
    guard area.rows >= 2 else { return }

    let isWide = area.columns >= 108
    let members =
      isWide || status.membersPerFrame >= status.members
      ? status.membersText : "\(status.members) members, \(status.membersPerFrame) in turn"
    var left = [
      Segment(
        9, ("in ", .muted), (rateText(status.framesPerSecondIn), Style()), (" out ", .muted),
        (rateText(status.framesPerSecondOut), Style()), (" fps", .muted)),
      Segment(
        8, (isWide ? "latency p50 " : "p50 ", .muted),
        (milliseconds(status.latencyMedianMilliseconds), Style()), (" p95 ", .muted),
        (milliseconds(status.latencyP95Milliseconds), Style()), (" ms", .muted)),
      Segment(7, ("dropped ", .muted), ("\(status.counters.dropped)", Style())),
      Segment(6, (members, .muted)),
    ]
    if status.counters.damaged > 0 {
      left.append(Segment(3, ("damaged \(status.counters.damaged)", .ink(.alert))))
    }
    if status.counters.reconnects > 0 {
      left.append(Segment(2, ("reconnects \(status.counters.reconnects)", .muted)))
    }
    putSegments(left, status.sound.map { level(of: $0, isWide: isWide) } ?? [], in: area.below(1))
  }

  /// The level from -60 to 0 dB, and the sound's state.
  private func level(of sound: SoundStatus, isWide: Bool) -> [Segment] {
    if let trouble = sound.trouble { return [Segment(8, (trouble, .ink(.alert)))] }
    var segments: [Segment] = []
    if sound.interruptions > 0 {
      segments.append(Segment(1, ("sound lost \(sound.interruptions)x", .ink(.alert))))
    }
    let (filled, rest) = bar(Float((sound.level + 60) / 60), width: isWide ? 10 : 5)
    let style: Style =
      switch sound.state {
      case .silent: .ink(.alert)
      case .quiet: .muted
      case .voice: .ink(.title, bold: true)
      }
    segments.append(Segment(8, (filled, style), (rest, .faint), (" " + sound.stateText, style)))
    return segments
  }
}

/// "30", "29.97"
private func short(_ value: Double) -> String {
  let text = "\((value * 100).rounded() / 100)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// Pads, so that columns stay in place while the value changes.
private func rateText(_ value: Double) -> String { value > 0 ? padLeft(tenths(value), 4) : "   -" }

private func milliseconds(_ value: Double) -> String {
  padLeft(value.isFinite && value > 0 && value < 1e9 ? "\(Int(value.rounded()))" : "-", 3)
}

/// "1:05", "1:02:05"
package func clock(_ seconds: Double) -> String {
  let whole = seconds.isFinite ? Int(min(1e9, max(0, seconds))) : 0
  func two(_ value: Int) -> String { (value < 10 ? "0" : "") + "\(value)" }
  let hours = whole / 3600
  return hours > 0
    ? "\(hours):\(two(whole / 60 % 60)):\(two(whole % 60))"
    : "\(whole / 60):\(two(whole % 60))"
}

/// "3.4 MB": powers of ten, as disks are sold and `df -H` counts.
package func size(_ bytes: Int) -> String {
  bytes < 1_000_000
    ? "\(bytes / 1000) kB"
    : bytes < 1_000_000_000
      ? "\(tenths(Double(bytes) / 1e6)) MB" : "\(tenths(Double(bytes) / 1e9)) GB"
}
