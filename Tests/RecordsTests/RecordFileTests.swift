import Foundation
import Inference
import Reading
import Runtime
import TestSupport
import Testing

@testable import Records

/// Records as they are read again.
@Suite struct RecordFileTests {
  private let folder = ScratchFolder()

  private func write(_ name: String, _ format: RecordWriter.Format) throws -> String {
    let writer = try RecordWriter(path: folder.file(name), format: format)
    for frame in 0..<6 {
      var reading = Sample.reading(frame: frame, time: Double(frame) / 30, faces: frame % 3)
      reading.takenAt = 1_795_082_400.5
      if frame == 4 {
        reading.marker = Marker(
          number: 1, text: "say \"cheese\", é\u{1F600}", time: 0.12, utc: 1_795_082_400.6)
      }
      try writer.write(reading, of: .cameraFrame)
    }
    writer.close()
    return folder.file(name)
  }

  private func frames(_ path: String) throws -> (frames: [RecordedFrame], damaged: Int) {
    var frames: [RecordedFrame] = []
    let damaged = try RecordFile(path: path).read { frames.append($0) }
    return (frames, damaged)
  }

  @Test(arguments: [("r.jsonl", RecordWriter.Format.json(perMember: true)), ("r.csv", .csv)])
  func whatWasWrittenIsRead(name: String, format: RecordWriter.Format) throws {
    let (frames, damaged) = try frames(write(name, format))
    #expect(damaged == 0 && frames.count == 6)
    for (index, frame) in frames.enumerated() {
      let reading = Sample.reading(frame: index, time: Double(index) / 30, faces: index % 3)
      #expect(abs(frame.time - reading.time) < 1e-6 && frame.dropped == reading.dropped)
      #expect(frame.utc == utcText(1_795_082_400.5))
      #expect(frame.faceCount == index % 3)
      for (place, face) in reading.faces.enumerated() {
        let found = frame.face(place)
        #expect(found.id == face.id)
        let emotion = face.emotion
        var pairs = [
          (found.confidence, emotion.expression.confidence), (found.valence, emotion.valence.value),
          (found.arousal, emotion.arousal.value),
          (found.valenceUncertainty.aleatoric, emotion.valence.uncertainty.aleatoric),
          (found.arousalUncertainty.epistemic, emotion.arousal.uncertainty.epistemic),
          (found.valenceDeviation, emotion.valence.standardDeviation),
          (found.arousalDeviation, emotion.arousal.standardDeviation),
        ]
        for label in Expression.allCases {
          pairs.append(
            (
              found.probability(of: label),
              emotion.expression.probabilities[label.rawValue]
            ))
        }
        for unit in ActionUnit.allCases.indices {
          pairs.append((found.actionUnit(unit), emotion.actionUnits[unit].probability))
        }
        for (found, expected) in pairs { #expect(abs(found - expected) < 1e-6) }
      }
      guard index == 4 else {
        #expect(frame.marker == nil)
        continue
      }
      #expect(
        frame.marker
          == RecordedMarker(
            number: 1, text: "say \"cheese\", é\u{1F600}", time: 0.12,
            utc: utcText(1_795_082_400.6)))
    }
  }

  /// The writer's table and the reader's name the same places.
  @Test func everyPlaceIsOneOfTheRecords() {
    for field in RecordField.allCases {
      for place in field.places {
        #expect(RecordColumns.json.contains("faces." + place.path))
        #expect(RecordColumns.csv.contains(place.cell))
      }
    }
    let counts = RecordField.allCases.map { ($0.offset, $0.places.count) }
    for (one, next) in zip(counts, counts.dropFirst()) { #expect(one.0 + one.1 == next.0) }
    #expect(counts.last.map { $0.0 + $0.1 } == RecordField.count)
    for field in FrameField.allCases {
      #expect(RecordColumns.json.contains(field.path))
      #expect(RecordColumns.csv.contains(field.cell))
    }
  }

  @Test(arguments: ["r.jsonl", "r.csv"])
  func row43_damagedLinesAreLeftOutAndCounted(name: String) throws {
    let path = try write(name, name.hasSuffix("csv") ? .csv : .json(perMember: false))
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    // The last line is that of the last face: cut off, as a kill leaves it.
    lines[lines.count - 1] = lines.last!.prefix(300)
    lines.insert("\u{0}\u{1}{{]", at: 3)
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let found = try frames(path)
    #expect(found.damaged == 2)
    #expect(found.frames.count == (name.hasSuffix("csv") ? 6 : 5))
  }

  @Test(arguments: [
    ("{\"time\": 1.5 , \"faces\" : [ ] }", 1.5), ("{\"faces\":[],\"time\":-2.5e1}", -25),
    ("{\"x\":{\"a\":[1,{\"b\":\"]}\\\"\"}]},\"time\":0}", 0),
  ])
  func otherWritersOfJSONAreReadToo(line: String, time: Double) throws {
    let file = TemporaryFile(Array(line.utf8))
    #expect(try frames(file.path).frames.map(\.time) == [time])
  }

  @Test func row43_whatIsNoRecordsFileIsRefused() throws {
    let table: [(String, RecordFile.Problem)] = [
      ("hello\n", .unknownFormat(path: "")), ("", .unknownFormat(path: "")),
      ("a,b\n1,2\n", .unknownFormat(path: "")), ("{\"image\":\"a.png\"}\n", .noFrames(path: "")),
      (String(repeating: "{", count: 2 << 20), .endlessLine(path: "", megabytes: 1)),
    ]
    for (text, expected) in table {
      let file = TemporaryFile(Array(text.utf8))
      let problem = #expect(throws: RecordFile.Problem.self) {
        _ = try RecordFile(path: file.path).read { _ in }
      }
      switch (problem, expected) {
      case (.unknownFormat, .unknownFormat), (.noFrames, .noFrames), (.endlessLine, .endlessLine):
        break
      default: Issue.record("\(text.prefix(20)): \(String(describing: problem))")
      }
    }
    #expect(throws: RecordFile.Problem.notAFile(path: folder.path)) {
      _ = try RecordFile(path: folder.path).read { _ in }
    }
  }
}
