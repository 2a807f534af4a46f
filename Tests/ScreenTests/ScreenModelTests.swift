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
    model.draw(columns: columns, rows: rows, glyphs: glyphs, showsPixels: true, now: now).text
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
    #expect(help.contains("voice: 10 dB") && help.contains("--audio-lookahead"))
  }

  /// Row 14 of the table of faults: any size, any character set, with and without colours.
  @Test(arguments: [Glyphs.unicode, .console, .ascii])
  func row14_anySizeIsDrawn(glyphs: Glyphs) {
    let models = [
      ScreenModel(smoothing: 0), Self.model(faces: 0, seconds: 1), Self.model(faces: 3, seconds: 1),
    ]
    for columns in [0, 1, 2, 9, 40, 79, 80, 81, 100, 116, 200, 500] {
      for rows in [0, 1, 2, 23, 24, 30, 38, 60, 200] {
        for var model in models {
          for help in [false, true] {
            if help { _ = model.handle("?", now: 0) }
            let canvas = model.draw(
              columns: columns, rows: rows, glyphs: glyphs, showsPixels: rows % 2 == 0, now: 0)
            #expect(canvas.cells.count == columns * rows)
            if glyphs == .ascii {
              #expect(canvas.cells.allSatisfy { (0x20...0x7e).contains($0.glyph.value) })
            }
            if columns >= 9, rows >= 1, columns < 80 || rows < 24 {
              #expect(canvas.text[0].hasPrefix("too small"))
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
        "Preview", "aleatoric", "epistemic", "quit", "?", signed(face.valence),
        signed(face.arousal), "now", String(glyphs.point),
      ] {
        #expect(all.contains(word), "\(word) at \(columns)x\(rows)")
      }
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

  @Test func keysOfTheSession() {
    var model = Self.model()
    let table: [(Character, ScreenCommand?)] = [
      ("q", .quit), (" ", .pause), ("s", .snapshot), ("r", .record), ("x", nil), ("p", nil),
    ]
    for (key, command) in table { #expect(model.handle(key, now: 0) == command) }
  }

  @Test func helpClosesWithAnyKeyAndQuits() {
    var model = Self.model()
    _ = model.handle("?", now: 0)
    #expect(Self.text(model).contains { $0.contains("this face is neutral now") })
    #expect(model.handle("r", now: 0) == nil)
    #expect(!model.showsHelp)
    _ = model.handle("?", now: 0)
    #expect(model.handle("q", now: 0) == .quit)
  }

  @Test func previewComesAndGoes() {
    var model = Self.model()
    #expect(Self.text(model).contains { $0.contains("Preview") })
    _ = model.handle("p", now: 0)
    #expect(!Self.text(model).contains { $0.contains("Preview") })
  }

  @Test func previewShowsPixelsBoxAndLandmarks() {
    var image = Image(width: 64, height: 48)
    for y in 0..<48 {
      for x in 0..<64 {
        image[x, y] =
          x < 32 ? Pixel(red: 248, green: 0, blue: 0) : Pixel(red: 0, green: 0, blue: 248)
      }
    }
    let model = Self.model(seconds: 1, image: image)
    let canvas = model.draw(columns: 120, rows: 40, glyphs: .unicode, showsPixels: true, now: 0)
    let halves = canvas.cells.filter { $0.glyph == "▀" }.flatMap {
      [$0.style.ink, $0.style.ground]
    }
    #expect(halves.count > 1000)
    let red = halves.count { $0 == .rgb(248, 0, 0) }
    let blue = halves.count { $0 == .rgb(0, 0, 248) }
    #expect(red > halves.count * 2 / 5 && blue > halves.count * 2 / 5)
    #expect(halves.contains(.focus) && halves.contains(.alert))

    let letters = model.draw(columns: 120, rows: 40, glyphs: .ascii, showsPixels: false, now: 0)
    #expect(letters.cells.contains { $0.glyph == "o" && $0.style.ink == .alert })
    #expect(!letters.cells.contains { $0.style.ground != .plain })
  }

  @Test func tabMovesTheFocusAndTheFaceKeepsIt() {
    var model = Self.model(faces: 3)
    var seen = [model.focus]
    for _ in 0..<3 {
      _ = model.handle("\t", now: 0)
      seen.append(model.focus)
    }
    #expect(seen == [1, 2, 3, 1])
    _ = model.handle("\t", now: 0)
    // The largest comes first; the order must not move the focus.
    var next = Self.reading(frame: 1000, time: 4.1, faces: 3)
    next.faces.reverse()
    model.take(next)
    #expect(model.focus == 2)
    // Gone for a blink, then for good.
    next.faces.removeAll { $0.id == 2 }
    (next.frame, next.time) = (1001, 4.3)
    model.take(next)
    #expect(model.focus == 2)
    (next.frame, next.time) = (1002, 5)
    model.take(next)
    #expect(model.focus == 3)
    (next.frame, next.time, next.faces) = (1003, 6, [])
    model.take(next)
    #expect(model.focus == nil)
    let text = Self.text(model)
    #expect(
      text[0].contains("no face") && text.contains { $0.contains("Neutral") && $0.contains(" -") })
    _ = model.handle("\t", now: 0)
    _ = model.handle("c", now: 0)
    #expect(model.focus == nil)
  }

  @Test func neutralIsMarkedAndUndone() throws {
    var model = Self.model(seconds: 5)
    #expect(!Self.text(model).joined().contains("relative"))
    guard case .rest(1, let rest?) = model.handle("c", now: 0) else {
      Issue.record("the key takes the face as it is")
      return
    }
    // Steady for long enough that smoothed and settled values are the same.
    for frame in 0..<300 {
      var reading = Self.reading(
        frame: 1000 + frame, time: 5 + Double(frame) / 30, faces: 1, phase: 1)
      reading.faces[0].rest = rest
      model.take(reading)
    }
    let face = try #require(model.faces[1])
    #expect(face.rest == rest)
    let emotion = Sample.emotion(phase: 1)
    let relative = emotion.relative(to: rest)
    #expect(abs(face.valence - relative.valence) < 1e-3)
    #expect(abs(face.arousal - relative.arousal) < 1e-3)
    #expect(abs(face.probability(ofActionUnit: 3) - relative.actionUnits[3]) < 1e-3)
    #expect(zip(face.expression, relative.expression).allSatisfy { abs($0 - $1) < 1e-3 })
    #expect(face.label == relative.label)
    let lines = Self.text(model, now: 60)
    #expect(lines.filter { $0.contains("relative") }.count >= 2)
    #expect(model.handle("c", now: 0) == .rest(face: 1, nil))
    #expect(model.faces[1]?.rest == nil)
    #expect(abs((model.faces[1]?.valence ?? 9) - emotion.valence.value) < 1e-3)
    #expect(!Self.text(model, now: 60).joined().contains("relative"))
  }

  @Test func smoothingGoesDownToNoneAndUpAgain() {
    var model = Self.model()
    for _ in 0..<20 { _ = model.handle("-", now: 10) }
    #expect(model.smoothing == 0)
    #expect(Self.text(model, now: 11)[23].contains("no smoothing"))
    #expect(!Self.text(model, now: 13)[23].contains("no smoothing"))
    for _ in 0..<40 { _ = model.handle("+", now: 10) }
    #expect(model.smoothing == 5)
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
