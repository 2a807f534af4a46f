import Capture
import Imaging
import Inference
import TestSupport
import Testing

@testable import Reading
@testable import Screen
@testable import Theme

@Suite struct ScreenModelTests {
  static let status = SessionStatus(
    format: SourceFormat(
      name: "Integrated Camera", path: "/dev/video0", width: 1280, height: 720,
      framesPerSecond: 30, pixelFormat: "MJPG"),
    source: .streaming, counters: SourceCounters(delivered: 100, dropped: 3),
    framesPerSecondIn: 30, framesPerSecondOut: 29.8, latencyMedianMilliseconds: 38,
    latencyP95Milliseconds: 52, members: 5, membersPerFrame: 2)

  /// After some seconds at 30 frames a second.
  static func model(
    faces: Int = 1, seconds: Double = 4, smoothing: Double = 0.3, image: Image? = nil
  ) -> ScreenModel {
    var model = ScreenModel(smoothing: smoothing)
    model.status = status
    for frame in 0..<Int(seconds * 30) {
      model.take(reading(frame: frame, time: Double(frame) / 30, faces: faces, image: image))
    }
    return model
  }

  static func reading(
    frame: Int, time: Double, faces: Int, image: Image? = nil, phase: Float? = nil
  ) -> FrameReading {
    FrameReading(
      frame: frame, time: time, dropped: 0,
      image: image ?? Sample.image(width: 64, height: 48), latencyMilliseconds: 20,
      faces: (0..<faces).map { index in
        Sample.face(
          id: index + 1, box: Rect(x: 20 * Float(index), y: 8, width: 18, height: 24),
          phase: phase ?? Float(time) + Float(index))
      })
  }

  static func text(
    _ model: ScreenModel, _ columns: Int = 80, _ rows: Int = 24, glyphs: Glyphs = .unicode,
    now: Double = 0
  ) -> [String] {
    model.draw(columns: columns, rows: rows, glyphs: glyphs, hasColors: true, now: now).text
  }

  /// Level, what it is and where the window lies; nothing of it without sound.
  @Test(arguments: [(80, 24), (116, 38), (200, 60)], [Glyphs.unicode, .ascii])
  func soundIsShown(size: (Int, Int), glyphs: Glyphs) {
    var model = Self.model()
    #expect(!Self.text(model, size.0, size.1, glyphs: glyphs)[1].contains("voice"))
    model.status?.sound = SoundStatus(
      name: "C920", level: -30, state: .voice, offsetMilliseconds: -302, lookaheadMilliseconds: 0)
    let bar = glyphs == .ascii ? "##" : "██"
    let line = Self.text(model, size.0, size.1, glyphs: glyphs)[1]
    #expect(line.contains("voice") && line.contains(bar) && line.contains("dropped"), "\(line)")
    #expect(Self.text(model, size.0, size.1, glyphs: glyphs)[0].contains(" -302 ms"))
    model.status?.sound?.trouble = "microphone lost 2.0 s"
    #expect(Self.text(model, size.0, size.1, glyphs: glyphs)[1].contains("microphone lost"))
    model.status?.sound?.trouble = nil
    _ = model.handle("?", now: 0)
    let help = Self.text(model, size.0, size.1, glyphs: glyphs).joined()
    #expect(help.contains("voice: somebody speaks") && help.contains("--audio-lookahead"))
  }

  /// Row 14 of the table of faults: any size, any character set, with and without colours.
  @Test(arguments: [Glyphs.unicode, .console, .ascii])
  func row14_anySizeIsDrawn(glyphs: Glyphs) {
    let models = [
      ScreenModel(smoothing: 0), Self.model(faces: 0, seconds: 1), Self.model(faces: 3, seconds: 1),
    ]
    for columns in [0, 1, 2, 9, 39, 40, 60, 79, 80, 81, 100, 116, 200, 500] {
      for rows in [0, 1, 2, 9, 10, 15, 23, 24, 30, 38, 60, 200] {
        for var model in models {
          for help in [false, true] {
            if help { _ = model.handle("?", now: 0) }
            let canvas = model.draw(
              columns: columns, rows: rows, glyphs: glyphs, hasColors: rows % 2 == 0, now: 0)
            #expect(canvas.cells.count == columns * rows)
            if glyphs == .ascii {
              #expect(canvas.cells.allSatisfy { (0x20...0x7e).contains($0.glyph.value) })
            }
          }
        }
      }
    }
  }

  @Test(arguments: [(80, 24), (100, 30), (120, 40), (200, 60), (90, 70), (500, 200)])
  func row14_everythingIsThere(columns: Int, rows: Int) throws {
    for glyphs in [Glyphs.unicode, .console, .ascii] {
      let model = Self.model(faces: 2)
      let lines = Self.text(model, columns, rows, glyphs: glyphs)
      let all = lines.joined(separator: "\n")
      for unit in ActionUnit.allCases {
        #expect(lines.contains { $0.contains(unit.code) && $0.contains(unit.name) })
      }
      let face = try #require(model.faces[1])
      for expression in Expression.allCases {
        let isWinner = face.emotion.expression.label == expression
        #expect(all.contains("\(glyphs.marker) \(expression.name)") == isWinner)
      }
      for (index, unit) in ActionUnit.allCases.enumerated() {
        let isActive = face.emotion.actionUnits[index].isActive
        #expect(all.contains("\(glyphs.marker) \(unit.code) ") == isActive)
      }
      for word in [
        "emenet", "Integrated Camera", "face 1 of 2", "in 30.0 out 29.8 fps", "38 p95  52 ms",
        "dropped 3", "5 members, 2", "Valence", "Arousal", "uncertainty", "Last minute",
        "Preview", "ambiguous", "unfamiliar", "quit", "?", signed(face.valence),
        signed(face.arousal), "now", String(glyphs.point),
      ] {
        #expect(all.contains(word), "\(word) at \(columns)x\(rows)")
      }
    }
  }

  /// What an 80x24 terminal leaves in tmux, and less.
  @Test(arguments: [
    (80, 23), (79, 48), (79, 23), (60, 15), (40, 10), (40, 24), (200, 12), (50, 60),
  ])
  func row14_smallPanesShowWhatMatters(columns: Int, rows: Int) throws {
    for glyphs in [Glyphs.unicode, .console, .ascii] {
      var model = Self.model()
      // Long enough for the ribbon to show it.
      for frame in 120..<300 {
        model.take(Self.reading(frame: frame, time: Double(frame) / 30, faces: 1, phase: 4))
      }
      let face = try #require(model.faces[1])
      let winner = face.emotion.expression.label
      let lines = Self.text(model, columns, rows, glyphs: glyphs)
      let all = lines.joined(separator: "\n")
      #expect(lines.contains { $0.contains("\(glyphs.marker) \(winner.name) ") })
      for word in [
        "emenet", "Valence", "Arousal", signed(face.valence), signed(face.arousal), "V", "A",
        "Last minute", "quit",
      ] {
        #expect(all.contains(word), "\(word) at \(columns)x\(rows)")
      }
      // The ribbon.
      #expect(
        lines.contains { $0.contains(winner.name.prefix(1)) && !$0.contains("%") }, "\(all)")
      if rows < 17 { #expect(all.contains(face.verdict.rawValue)) }
    }
  }

  @Test func row14_belowThatOneLineSaysIt() throws {
    var model = Self.model()
    let face = try #require(model.faces[1])
    let line = Self.text(model, 39, 9)[0]
    #expect(line.hasPrefix("\(face.emotion.expression.label.name) "))
    #expect(line.contains("V \(signed(face.valence)) A \(signed(face.arousal))"))
    model.status?.source = .stalled(seconds: 2)
    #expect(Self.text(model, 39, 9)[0].hasPrefix("no frames 2.0 s"))
    #expect(Self.text(Self.model(faces: 0), 39, 9)[0].hasPrefix("no face"))
  }

  @Test func filesShowWhereTheyAreAndAreSought() {
    var model = Self.model()
    #expect(model.handle("→", now: 0) == nil)
    #expect(Self.text(model)[23].contains("only a file"))
    model.status?.position = 65
    model.status?.format.seconds = 3723
    #expect(Self.text(model)[0].contains("1:05/1:02:03"))
    #expect(model.handle("→", now: 0) == .seek(seconds: 5))
    #expect(model.handle("←", now: 0) == .seek(seconds: -5))
    #expect(Self.text(model, now: 60)[23].contains("arrows seek"))
  }

  /// Its history moves on and loses its colours, then it is gone.
  @Test func aFaceThatLeftFades() {
    var model = Self.model(seconds: 20)
    // Without colours it is in Braille, too.
    model.hidePreview()
    func inks(_ row: Int? = nil) -> Set<Ink> {
      Set(
        model.draw(columns: 120, rows: 40, glyphs: .unicode, hasColors: false, now: 0).cells
          .filter { (0x2801...0x28ff).contains($0.glyph.value) }.map(\.style.ink))
    }
    #expect(inks().isSuperset(of: [.valence, .arousal]))
    func leave(_ time: Double) {
      model.take(Self.reading(frame: Int(time * 30), time: time, faces: 0))
    }
    leave(22)
    #expect(!inks().contains(.valence) && inks().contains(.muted))
    leave(40)
    #expect(inks() == [.faint])
    #expect(Self.text(model).contains { $0.contains("Last minute") && $0.contains("left") })
    leave(90)
    #expect(inks().isEmpty)
  }

  /// A quiet minute fills its plot; the scale is said.
  @Test func tracesScale() {
    for (peak, scale) in [(0.1, "+.2"), (0.45, "+.5"), (0.8, "+1")] as [(Float, String)] {
      var model = ScreenModel(smoothing: 0)
      for frame in 0..<90 {
        var reading = Self.reading(frame: frame, time: Double(frame) / 30, faces: 1)
        reading.faces[0].emotion.valence.value = frame % 2 == 0 ? peak : -peak
        reading.faces[0].emotion.arousal.value = 0
        model.take(reading)
      }
      #expect(Self.text(model, 120, 40).contains { $0.contains(scale + " ") }, "\(scale)")
    }
  }

  @Test func row3_statusTellsOfTroubleRecordingAndPause() {
    var model = Self.model()
    model.status?.source = .stalled(seconds: 2)
    model.status?.recording = .init(path: "output.avi", seconds: 65, bytes: 3_400_000, leftOut: 0)
    model.status?.isPaused = true
    let line = Self.text(model)[0]
    for word in ["no frames 2.0 s", "REC 1:05 3.4 MB", "PAUSED", "emenet"] {
      #expect(line.contains(word), "\(word) in \(line)")
    }
    model.status?.source = .streaming
    model.status?.recording?.leftOut = 7
    #expect(Self.text(model)[0].contains("video lacks 7"))
    model.status?.notice = "snapshot saved"
    #expect(Self.text(model)[23].hasPrefix(" snapshot saved"))
  }

  @Test func memoryStaysBounded() {
    var model = ScreenModel(smoothing: 0.1)
    for frame in 0..<6000 {
      var reading = Self.reading(frame: frame, time: Double(frame) / 30, faces: 1)
      reading.faces[0].id = 1 + frame / 300
      model.take(reading)
    }
    #expect(model.faces.count <= 8)
    #expect(model.faces.values.allSatisfy { $0.history.count <= 1801 })
    // The file starts again.
    model.take(Self.reading(frame: 6000, time: 0, faces: 1))
    #expect(model.faces.count == 1 && model.focus == 1)
  }

  @Test func valuesThatAreNoNumbersAreDrawnAsNothing() {
    var reading = Self.reading(frame: 0, time: 0, faces: 1)
    reading.faces[0].box = Rect(x: .nan, y: -.infinity, width: .infinity, height: 1e30)
    reading.faces[0].landmarks = [Point(.nan, .infinity)]
    reading.faces[0].emotion.valence.value = .nan
    reading.faces[0].emotion.arousal.uncertainty.epistemic = .nan
    reading.faces[0].emotion.expression.probabilities = .init(repeating: .nan, count: 7)
    var model = ScreenModel(smoothing: 0)
    model.status = Self.status
    model.status?.latencyMedianMilliseconds = .nan
    model.status?.framesPerSecondOut = .infinity
    model.take(reading)
    #expect(Self.text(model).count == 24)
    #expect(Self.text(model, 200, 60).count == 60)
  }
}
