import Capture
import Imaging
import Inference
import TestSupport
import Testing

@testable import Reading
@testable import Screen
@testable import Theme

/// What keys request from the session and change on the screen.
@Suite struct KeyTests {
  @Test func keysOfTheSession() {
    var model = ScreenModelTests.model()
    let table: [(Character, ScreenCommand?)] = [
      ("q", .quit), (" ", .pause), ("s", .snapshot), ("r", .record), ("m", .mark), ("x", nil),
      ("p", nil),
    ]
    for (key, command) in table { #expect(model.handle(key, now: 0) == command) }
  }

  @Test func helpClosesWithAnyKeyAndQuits() {
    var model = ScreenModelTests.model()
    _ = model.handle("?", now: 0)
    #expect(ScreenModelTests.text(model).contains { $0.contains("this face is neutral now") })
    #expect(model.handle("r", now: 0) == nil)
    #expect(!model.showsHelp)
    _ = model.handle("?", now: 0)
    #expect(model.handle("q", now: 0) == .quit)
  }

  @Test func tabMovesTheFocusAndTheFaceKeepsIt() {
    var model = ScreenModelTests.model(faces: 3)
    var seen = [model.focus]
    for _ in 0..<3 {
      _ = model.handle("\t", now: 0)
      seen.append(model.focus)
    }
    #expect(seen == [1, 2, 3, 1])
    _ = model.handle("\t", now: 0)
    // The largest comes first; the order must not move the focus.
    var next = ScreenModelTests.reading(frame: 1000, time: 4.1, faces: 3)
    next.faces.reverse()
    model.take(next)
    #expect(model.focus == 2)
    // Gone for a moment, then for good.
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
    let text = ScreenModelTests.text(model)
    #expect(
      text[0].contains("no face") && text.contains { $0.contains("Neutral") && $0.contains(" -") })
    _ = model.handle("\t", now: 0)
    _ = model.handle("c", now: 0)
    #expect(model.focus == nil)
  }

  @Test func neutralIsMarkedAndUndone() throws {
    var model = ScreenModelTests.model(seconds: 5)
    #expect(!ScreenModelTests.text(model).joined().contains("relative"))
    guard case .rest(1, let rest?) = model.handle("c", now: 0) else {
      Issue.record("the key takes the face as it is")
      return
    }
    // Steady for long enough that smoothed and settled values agree.
    for frame in 0..<300 {
      var reading = ScreenModelTests.reading(
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
    let lines = ScreenModelTests.text(model, now: 60)
    #expect(lines.filter { $0.contains("relative") }.count >= 2)
    #expect(model.handle("c", now: 0) == .rest(face: 1, nil))
    #expect(model.faces[1]?.rest == nil)
    #expect(abs((model.faces[1]?.valence ?? 9) - emotion.valence.value) < 1e-3)
    #expect(!ScreenModelTests.text(model, now: 60).joined().contains("relative"))
  }

  @Test func smoothingGoesDownToNoneAndUpAgain() {
    var model = ScreenModelTests.model()
    for _ in 0..<20 { _ = model.handle("-", now: 10) }
    #expect(model.smoothing == 0)
    #expect(ScreenModelTests.text(model, now: 11)[23].contains("no smoothing"))
    #expect(!ScreenModelTests.text(model, now: 13)[23].contains("no smoothing"))
    for _ in 0..<40 { _ = model.handle("+", now: 10) }
    #expect(model.smoothing == 5)
  }
}

@Suite struct KeyBindingTests {
  @Test func noKeyDoesTwoThings() {
    let keys = KeyBinding.all.flatMap(\.actions.keys)
    #expect(Set(keys).count == keys.count)
    #expect(KeyBinding.action(of: "z") == nil)
  }

  @Test func theUsersKeysTakeThePlaceOfOthers() {
    let keys = KeyBinding.standard.changed(by: ["marker": "k", "quit": "x", "mirror": "m"])
    func action(_ key: Character) -> KeyBinding.Action? {
      keys.lazy.compactMap { $0.actions[key] }.first
    }
    #expect(
      action("k") == .ask(.mark) && action("m") == .toggleMirror && action("x") == .ask(.quit))
    #expect(action("q") == nil && action("Q") == nil)
    #expect(keys.first { $0.label == "marker" }?.name == "k")
    #expect(KeyBinding.collision(in: ["marker": "k", "quit": "x", "mirror": "m"]) == nil)
    let taken = KeyBinding.collision(in: ["marker": "x"])
    #expect(taken?.action == "marker" && taken?.with == "mirror")
    let both = KeyBinding.collision(in: ["marker": "k", "face": "k"])
    #expect(both?.action == "face" && both?.with == "marker")
    #expect(KeyBinding.key(named: "Space") == " " && KeyBinding.key(named: "ab") == nil)
    #expect(KeyBinding.key(named: "é") == nil && KeyBinding.key(named: "") == nil)
  }

  @Test func everyKeyIsInTheHelp() {
    var canvas = Canvas(columns: 100, rows: 40)
    canvas.drawHelp(smoothing: 0.3, sound: nil)
    let text = canvas.text.joined(separator: "\n")
    for key in KeyBinding.all { #expect(text.contains("\(key.name) "), "\(key.name)") }
  }
}
