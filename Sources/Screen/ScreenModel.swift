import Reading
import Theme

/// What the screen knows and the keys change. Draws itself on a canvas.
struct ScreenModel: Sendable {
  private(set) var reading: FrameReading?
  /// What the preview shows: a reading that may be slightly old, and when it was taken.
  private var preview: (reading: FrameReading, since: Double)?
  var status: SessionStatus?
  /// Time constant of the display, s
  private(set) var smoothing: Double
  private(set) var showsPreview = true
  private(set) var showsHelp = false
  /// Shows numbers for confidence and uncertainties.
  private(set) var showsNumbers = false
  /// Mirrors the preview; nil until a key decides: cameras are mirrored, files are not.
  private var isMirrored: Bool?
  private(set) var faces: [Int: FaceDisplay] = [:]
  /// The face that the bars show. It keeps the focus as long as it is present.
  private(set) var focus: Int?
  /// The last face that had the focus; its history shows until another face has it.
  private var traced: Int?
  private var note: (text: String, until: Double)?
  /// A key asked for a redraw of the whole screen.
  private var repaints = false

  /// How long a lost face stays on the bars, s, so that a brief gap in tracking does not flicker.
  static let holdSeconds = 0.5

  /// The cost of the last screen with another picture.
  var pictureCost = TerminalOutput.Cost()
  /// Bytes per second that the preview may use.
  var pictureRate = ScreenModel.pictureRate(cells: 0)

  /// With the bars, that makes about 80 kB a second up to 120x40, and 160 kB at 200x60.
  static func pictureRate(cells: Int) -> Double { max(53_000, 10 * Double(cells)) }

  init(smoothing: Double) {
    self.smoothing = smoothing
  }

  mutating func hidePreview() { showsPreview = false }

  /// - Parameter now: any clock that only goes forward, s; nil to show every picture
  /// - Returns: true if the preview has another picture
  @discardableResult
  mutating func take(_ reading: FrameReading, now: Double? = nil) -> Bool {
    guard reading.frame != self.reading?.frame else { return false }
    let isDue =
      if let now, let preview {
        now - preview.since >= pictureInterval
          // A seek in a file.
          || abs(reading.time - (self.reading?.time ?? 0)) > 1
      } else {
        true
      }
    if isDue { preview = (reading, now ?? 0) }
    follow(reading)
    return isDue
  }

  /// Interval between preview pictures, s. The picture is most of what is sent, so on a terminal
  /// that cannot keep up it gives way to the bars.
  private var pictureInterval: Double {
    min(2, max(0.095, 4 * pictureCost.seconds, Double(pictureCost.bytes) / pictureRate))
  }

  private mutating func follow(_ reading: FrameReading) {
    // A file that starts over.
    if let last = self.reading, reading.time < last.time - 1 { faces = [:] }
    self.reading = reading
    for face in reading.faces {
      faces[face.id, default: FaceDisplay(face.emotion, time: reading.time)]
        .update(face.emotion, time: reading.time, smoothing: smoothing)
      faces[face.id]?.rest = face.rest
      faces[face.id]?.obstacle = face.pose?.legibility.obstacle
    }
    // A face that left keeps its history and its neutral state as long as it could still be shown.
    faces = faces.filter { reading.time - $0.value.time < FaceDisplay.historySeconds }
    let lastSeen = focus.flatMap { faces[$0]?.time } ?? -.infinity
    if reading.time - lastSeen > Self.holdSeconds {
      focus = reading.faces.first?.id
    }
    traced = focus ?? traced
  }

  /// - Parameter now: any clock that only goes forward, s
  /// - Returns: what the key asks of the session
  mutating func handle(_ key: Character, now: Double) -> ScreenCommand? {
    if showsHelp, KeyBinding.action(of: key) != .ask(.quit) {
      showsHelp = false
      return nil
    }
    switch KeyBinding.action(of: key) {
    case .ask(let command): return command
    case .seek(let seconds):
      if status?.position != nil { return .seek(seconds: seconds) }
      note = ("only a file can be sought in", now + 2)
    case .showHelp: showsHelp = true
    case .nextFace: focusNext()
    case .toggleNeutral: return toggleRest(now)
    case .togglePreview: showsPreview.toggle()
    case .toggleNumbers: showsNumbers.toggle()
    case .toggleMirror: isMirrored = !mirrors
    case .smooth(let factor): changeSmoothing(by: factor, now)
    // Everything is sent to the terminal again.
    case .repaint: repaints = true
    case nil: break
    }
    return nil
  }

  private var mirrors: Bool { isMirrored ?? (status?.format.bus != nil) }

  /// Returns whether a key asked for a redraw of the whole screen, and clears the request.
  mutating func takeRepaint() -> Bool {
    defer { repaints = false }
    return repaints
  }

  private mutating func focusNext() {
    let ids = (reading?.faces.map(\.id) ?? []).sorted()
    focus = ids.first { $0 > focus ?? 0 } ?? ids.first ?? focus
    traced = focus ?? traced
  }

  private mutating func toggleRest(_ now: Double) -> ScreenCommand? {
    guard let focus, faces[focus] != nil else {
      note = ("no face to take as neutral", now + 2)
      return nil
    }
    faces[focus]?.toggleRest()
    let rest = faces[focus]?.rest
    note = (
      rest == nil ? "values as measured" : "values relative to this face as neutral; c again: undo",
      now + 3
    )
    return .rest(face: focus, rest)
  }

  private mutating func changeSmoothing(by factor: Double, _ now: Double) {
    let next = smoothing * factor
    smoothing = smoothing == 0 ? (factor > 1 ? 0.1 : 0) : next < 0.05 ? 0 : min(5, next)
    note = (smoothing == 0 ? "no smoothing" : "smoothing \(tenths(smoothing)) s", now + 2)
  }
}

extension ScreenModel {
  /// - Parameters:
  ///   - hasColors: two of many colours for each cell
  ///   - pixels: of a cell, if the preview is to be in pixels
  ///   - now: the clock of ``handle(_:now:)``
  package func draw(
    columns: Int, rows: Int, glyphs: Glyphs, hasColors: Bool,
    pixels: (width: Int, height: Int)? = nil, now: Double
  ) -> Canvas {
    var canvas = Canvas(columns: columns, rows: rows, glyphs: glyphs, hasColors: hasColors)
    let notice = status?.notice ?? note.flatMap { $0.until > now ? $0.text : nil }
    let face = focus.flatMap { faces[$0] }
    let aspect = reading.map { Float($0.image.width) / Float($0.image.height) } ?? 4 / 3
    guard
      let layout = ScreenLayout(
        columns: columns, rows: rows, pictureAspect: showsPreview ? aspect : nil)
    else {
      canvas.drawLine(self, face, notice: notice)
      return canvas
    }
    if let status {
      canvas.drawStatus(status, faces: reading?.faces.count ?? 0, focus: focus, in: layout.status)
    }
    if let area = layout.winner { canvas.drawWinner(face, in: area) }
    if let area = layout.expressions {
      canvas.drawExpressions(face, showsNumbers: showsNumbers, in: area, pitch: layout.pitch)
    }
    canvas.drawValenceArousal(
      face, showsNumbers: showsNumbers, in: layout.valenceArousal, pitch: layout.pitch)
    if let area = layout.actionUnits {
      canvas.drawActionUnits(face, showsNumbers: showsNumbers, in: area, pitch: layout.pitch)
    }
    if let area = layout.plane { canvas.drawPlane(face, in: area) }
    canvas.drawHistory(
      traced.flatMap { faces[$0] }, now: reading?.time ?? 0, in: layout.history)
    if let area = layout.preview {
      canvas.drawPreview(
        preview?.reading, focus: focus, isMirrored: mirrors, pixels: pixels, in: area)
    }
    if let notice {
      canvas.put(notice, layout.legend.column, layout.legend.row, .ink(.alert, bold: true))
    } else {
      canvas.drawLegend(
        isFile: status?.position != nil, isTechnical: showsNumbers, in: layout.legend)
    }
    // Pixels would cover the text.
    if showsHelp { canvas.picture = nil }
    if showsHelp { canvas.drawHelp(smoothing: smoothing, sound: status?.sound) }
    return canvas
  }
}
