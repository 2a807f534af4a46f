import Foundation
import Imaging
import Inference
import TestSupport
import Testing

@testable import Reading
@testable import Records

@Suite struct JSONRecordTests {
  private func text(
    _ reading: FrameReading, of subject: RecordSubject = .frame, perMember: Bool = false
  ) -> String {
    var buffer = TextBuffer()
    JSONRecord(perMember: perMember).append(reading, of: subject, to: &buffer)
    return String(decoding: buffer.bytes, as: UTF8.self)
  }

  private func object(_ line: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
  }

  /// The keys of every object on a line, in order.
  private func keys(_ line: String) -> [String] {
    line.matches(of: /"(\w+)":/).map { String($0.output.1) }
  }

  @Test func keysStandInTheOrderOfTheInterface() {
    let line = text(Sample.reading(faces: 1))
    let uncertainty = ["aleatoric", "epistemic"]
    #expect(
      keys(line)
        == ["frame", "time", "dropped", "width", "height", "latency_ms", "faces"]
        + ["id", "box", "landmarks", "expression", "label", "probabilities"]
        + ["Neutral", "Anger", "Disgust", "Fear", "Happiness", "Sadness", "Surprise"]
        + uncertainty + ["confidence", "contradiction", "action_units"]
        + ActionUnit.allCases.flatMap { [$0.code, "probability", "active"] + uncertainty }
        + ["valence", "arousal"].flatMap { [$0, "value"] + uncertainty + ["deviation"] })
    #expect(line.hasSuffix("]}\n") && line.count { $0 == "\n" } == 1 && !line.contains(" "))
  }

  @Test func carriesTheValues() throws {
    let reading = Sample.reading(frame: 12, time: 0.4004, faces: 2)
    let record = try object(text(reading))
    #expect(record["frame"] as? Int == 12)
    #expect(record["time"] as? Double == 0.4004)
    #expect(record["dropped"] as? Int == 3)
    #expect(record["width"] as? Int == 64)
    #expect(record["height"] as? Int == 48)
    #expect(record["latency_ms"] as? Double == 38.2)
    let faces = try #require(record["faces"] as? [[String: Any]])
    #expect(faces.map { $0["id"] as? Int } == [1, 2])
    for (face, expected) in zip(faces, reading.faces) {
      #expect((face["landmarks"] as? [[Double]])?.count == 68)
      let box = try #require(face["box"] as? [Double])
      #expect(box == [expected.box.x, expected.box.y, 24, 24].map(Double.init))
      let units = try #require(face["action_units"] as? [String: [String: Any]])
      for (unit, value) in zip(ActionUnit.allCases, expected.emotion.actionUnits) {
        let probability = try #require(units[unit.code]?["probability"] as? Double)
        #expect(abs(probability - Double(value.probability)) <= 5e-7)
        #expect(units[unit.code]?["active"] as? Bool == value.isActive)
      }
    }
  }

  @Test func aFrameWithoutAFaceHasAnEmptyList() {
    #expect(
      text(Sample.reading(faces: 0))
        == """
        {"frame":0,"time":0.0,"dropped":3,"width":64,"height":48,"latency_ms":38.2,"faces":[]}\n
        """)
  }

  @Test(arguments: ["a.png", "with \"quotes\" and \\", "line\nfeed\u{1}", "möwe 🙂.jpg"])
  func aPictureNamesItsFile(name: String) throws {
    let line = text(Sample.reading(), of: .picture(name))
    let record = try object(line)
    #expect(record["image"] as? String == name)
    #expect(record["frame"] == nil && record["time"] == nil)
    #expect(keys(line).prefix(3) == ["image", "dropped", "width"])
    #expect(line.count { $0 == "\n" } == 1)
  }

  @Test func framesOfACameraHaveATimeOfDay() throws {
    var reading = Sample.reading()
    reading.takenAt = 1_795_082_400.1234
    let line = text(reading, of: .cameraFrame)
    #expect(try object(line)["utc"] as? String == "2026-11-19T10:00:00.123Z")
    #expect(keys(line).prefix(4) == ["frame", "time", "utc", "dropped"])
    #expect(!text(reading).contains("utc"))
  }

  @Test func membersAreListedWhenAskedFor() throws {
    var reading = Sample.reading()
    reading.faces[0].members = (0..<3).map { Sample.emotion(phase: Float($0)) }
    #expect(!text(reading).contains("members"))
    let record = try object(text(reading, perMember: true))
    let faces = try #require(record["faces"] as? [[String: Any]])
    let members = try #require(faces[0]["members"] as? [[String: Any]])
    #expect(members.count == 3)
    #expect(
      members.allSatisfy {
        Set($0.keys) == ["expression", "action_units", "valence", "arousal"]
      })
  }

  @Test func whatIsRelativeToARestingFaceStandsBesideTheRawValues() throws {
    var reading = Sample.reading(faces: 1)
    let raw = text(reading)
    let rest = try #require(RestingFace(Sample.emotion(phase: 2)))
    reading.faces[0].rest = rest
    let line = text(reading)
    #expect(line.hasPrefix(raw.dropLast(4)))
    let faces = try #require(try object(line)["faces"] as? [[String: Any]])
    let found = try #require(faces[0]["relative"] as? [String: Any])
    let expected = reading.faces[0].emotion.relative(to: rest)
    #expect(found["label"] as? String == expected.label.name)
    #expect(abs((found["valence"] as? Double ?? 9) - Double(expected.valence)) < 1e-6)
    #expect(abs((found["arousal"] as? Double ?? 9) - Double(expected.arousal)) < 1e-6)
    let probabilities = try #require(found["probabilities"] as? [String: Double])
    for (expression, value) in zip(Expression.allCases, expected.expression) {
      #expect(abs((probabilities[expression.name] ?? 9) - Double(value)) < 1e-6)
    }
    let units = try #require(found["action_units"] as? [String: Double])
    for (unit, value) in zip(ActionUnit.allCases, expected.actionUnits) {
      #expect(abs((units[unit.code] ?? 9) - Double(value)) < 1e-6)
    }
  }

  @Test func whatIsNotFiniteIsNull() throws {
    var reading = Sample.reading()
    reading.faces[0].emotion.valence.value = .nan
    reading.faces[0].landmarks[0].x = .infinity
    let faces = try #require(try object(text(reading))["faces"] as? [[String: Any]])
    #expect((faces[0]["valence"] as? [String: Any])?["value"] is NSNull)
  }
}

@Suite struct TextBufferTests {
  @Test(
    arguments: [
      (0, 6, "0.0"), (1, 6, "1.0"), (-0.5, 6, "-0.5"), (0.123_456_78, 6, "0.123457"),
      (0.000_001, 6, "0.000001"), (0.000_000_4, 6, "0.0"), (-0.000_000_4, 6, "0.0"),
      (0.999_999_6, 6, "1.0"), (212, 2, "212.0"), (96.499_999, 2, "96.5"), (1.05, 2, "1.05"),
      (-3.006, 2, "-3.01"), (1e300, 2, "1e+300"), (.nan, 2, nil), (.infinity, 2, nil),
    ] as [(Double, Int, String?)])
  func writesShortNumbers(value: Double, decimals: Int, text: String?) {
    var buffer = TextBuffer()
    let isFinite = buffer.append(value, decimals: decimals)
    #expect(isFinite == (text != nil))
    #expect(String(decoding: buffer.bytes, as: UTF8.self) == text ?? "")
  }
}

extension TextBufferTests {
  @Test(arguments: [0, 7, 10, 99, 100, -1, -120, 1_234_567, .max, .min])
  func writesIntegers(value: Int) {
    var buffer = TextBuffer()
    buffer.append(value)
    #expect(String(decoding: buffer.bytes, as: UTF8.self) == "\(value)")
  }
}

@Suite struct CSVRecordTests {
  private func rows(_ reading: FrameReading) -> [[Substring]] {
    var buffer = TextBuffer()
    CSVRecord().append(reading, to: &buffer)
    return String(decoding: buffer.bytes, as: UTF8.self).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
  }

  private let columns = CSVRecord.header.dropLast().split(separator: ",").map(String.init)

  @Test(arguments: [0, 1, 3])
  func oneRowAFaceAndOneWhereThereIsNone(faces: Int) throws {
    let rows = rows(Sample.reading(frame: 7, faces: faces))
    #expect(rows.count == max(1, faces))
    #expect(rows.allSatisfy { $0.count == columns.count && $0[0] == "7" })
    let id = try #require(RecordColumns.csv.firstIndex(of: "id"))
    #expect(rows.map { $0[id] } == (faces == 0 ? [""] : (1...faces).map { "\($0)" }))
    if faces == 0 { #expect(rows[0].dropFirst(7).joined().isEmpty) }
  }

  @Test func cellsRelativeToARestingFaceAreEmptyWithoutOne() throws {
    var reading = Sample.reading()
    func cells() -> [String: Substring] {
      Dictionary(uniqueKeysWithValues: zip(columns, rows(reading)[0]))
    }
    #expect(cells().filter { $0.key.hasPrefix("relative_") }.count == 22)
    #expect(cells().allSatisfy { !$0.key.hasPrefix("relative_") || $0.value.isEmpty })
    let rest = try #require(RestingFace(Sample.emotion(phase: 2)))
    reading.faces[0].rest = rest
    let expected = reading.faces[0].emotion.relative(to: rest)
    #expect(cells()["relative_expression"] == "\(expected.label.name)")
    let unit = try #require(Double(cells()["relative_AU15"] ?? ""))
    #expect(abs(unit - Double(expected.actionUnits[7])) < 1e-6)
    let arousal = try #require(Double(cells()["relative_arousal"] ?? ""))
    #expect(abs(arousal - Double(expected.arousal)) < 1e-6)
  }

  @Test func cellsStandUnderTheirNames() throws {
    var reading = Sample.reading()
    reading.faces[0].emotion.actionUnits[6].probability = 0.875
    reading.faces[0].emotion.arousal.uncertainty.epistemic = 0.0625
    let cells = Dictionary(uniqueKeysWithValues: zip(columns, rows(reading)[0]))
    #expect(cells["AU12_probability"] == "0.875")
    #expect(cells["AU12_active"] == "1")
    #expect(cells["arousal_epistemic"] == "0.0625")
    #expect(cells["expression"] == "\(reading.faces[0].emotion.expression.label.name)")
    #expect(cells["landmark67_y"]?.isEmpty == false)
    #expect(cells["box_width"] == "24.0")
    #expect(Set(columns).count == columns.count)
  }
}
