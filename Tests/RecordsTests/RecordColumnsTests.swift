import Foundation
import Inference
import TestSupport
import Testing

@testable import Records

@Suite struct RecordColumnsTests {
  private let dictionary = try? String(
    contentsOf: Program.repository.appending(path: "docs/records.md"), encoding: .utf8)

  /// Maps all action units to one pattern, and all landmarks.
  private func pattern(_ name: String) -> String {
    name.replacing(/AU\d+/, with: "AUn").replacing(/landmark\d+/, with: "landmarkN")
  }

  @Test func everyFieldIsInTheDataDictionary() throws {
    let dictionary = try #require(dictionary)
    for name in RecordColumns.csv {
      #expect(dictionary.contains("`\(pattern(name))`"), "the CSV's column \(name)")
    }
    for path in RecordColumns.json where !path.hasPrefix("faces.members.") {
      let field = pattern(String(path.trimmingPrefix("faces.")))
      #expect(dictionary.contains("`\(field)`"), "the record's \(path)")
    }
  }

  @Test func emotionsComeBeforeLandmarks() throws {
    let columns = RecordColumns.csv
    let first = try #require(columns.firstIndex { $0.hasPrefix("landmark") })
    #expect(
      columns[first...].allSatisfy { $0.hasPrefix("landmark") } && columns.count - first == 136)
    #expect(columns.prefix(5) == ["frame", "time", "utc", "dropped", "width"])
    #expect(Set(columns).count == columns.count)
  }

  /// As read by pandas and others: the same numbers in both files, from the first line to the last.
  @Test(.enabled(if: Python.path(having: "csv") != nil, "there is no Python"))
  func otherReadersFindTheSameValuesInBothFiles() throws {
    let folder = ScratchFolder()
    for (name, format) in [
      ("r.jsonl", RecordWriter.Format.json(perMember: false)), ("r.csv", .csv),
    ] {
      let writer = try RecordWriter(path: folder.file(name), format: format)
      for frame in 0..<4 {
        var reading = Sample.reading(frame: frame, time: Double(frame) / 30, faces: frame % 3)
        reading.takenAt = 1_795_082_400.5 + Double(frame)
        try writer.write(reading, of: .cameraFrame)
      }
      writer.close()
    }
    try Python.run(
      """
      import csv, json, sys

      rows = list(csv.DictReader(open(sys.argv[2], newline="")))
      expected = []
      for line in open(sys.argv[1]):
          record = json.loads(line)
          for face in record.pop("faces") or [None]:
              row = dict(record)
              if face:
                  row["id"] = face["id"]
                  row |= zip(("box_x", "box_y", "box_width", "box_height"), face["box"])
                  for i, (x, y) in enumerate(face["landmarks"]):
                      row[f"landmark{i}_x"], row[f"landmark{i}_y"] = x, y
                  expression = face["expression"]
                  row["expression"] = expression["label"]
                  row |= expression["probabilities"]
                  for key in ("aleatoric", "epistemic", "confidence", "contradiction"):
                      row["expression_" + key] = expression[key]
                  for unit, values in face["action_units"].items():
                      row |= {f"{unit}_{key}": value for key, value in values.items()}
                  for axis in ("valence", "arousal"):
                      row[axis] = face[axis]["value"]
                      for key in ("aleatoric", "epistemic", "deviation"):
                          row[f"{axis}_{key}"] = face[axis][key]
              expected.append(row)
      assert len(rows) == len(expected) == 5, (len(rows), len(expected))
      for row, values in zip(rows, expected):
          assert None not in row and None not in row.values(), "cells and columns differ in number"
          assert set(values) <= set(row), set(values) - set(row)
          for name, cell in row.items():
              value = values.get(name)
              if value is None:
                  assert cell == "", (name, cell)
              elif isinstance(value, str):
                  assert cell == value, (name, cell, value)
              else:
                  assert float(cell) == float(value), (name, cell, value)
      """, [folder.file("r.jsonl"), folder.file("r.csv")])
  }
}
