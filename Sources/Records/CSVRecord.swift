import Imaging
import Reading
import Runtime

/// A record as rows of CSV, one per face. A frame without faces gets one row with empty cells.
package struct CSVRecord {
  /// Ends with a line feed.
  package static let header = RecordColumns.csv.joined(separator: ",") + "\n"

  package init() {}

  package func append(
    _ reading: FrameReading, of subject: RecordSubject = .frame, to text: inout TextBuffer
  ) {
    for face in reading.faces {
      appendRow(reading, subject, face, to: &text)
    }
    if reading.faces.isEmpty { appendRow(reading, subject, nil, to: &text) }
  }

  private func appendRow(
    _ reading: FrameReading, _ subject: RecordSubject, _ face: FaceReading?,
    to text: inout TextBuffer
  ) {
    var isFirst = true
    for column in RecordColumns.frameInCSV {
      text.appendCells(column.value((reading, subject)), column.cells.count, isFirst: isFirst)
      isFirst = false
    }
    for column in RecordColumns.faceInCSV {
      text.appendCells(face.flatMap(column.value), column.cells.count)
    }
    text.append("\n")
  }
}

extension TextBuffer {
  /// Appends as many cells as the column has, each preceded by a comma unless it is the first in
  /// its row. Missing values are empty.
  fileprivate mutating func appendCells(
    _ value: RecordValue?, _ count: Int, isFirst: Bool = false
  ) {
    if !isFirst { append(",") }
    var written = 1
    switch value {
    case nil: break
    case .integer(let number): append(number)
    case .number(let number, let decimals): append(number, decimals: decimals)
    case .flag(let isSet): append(isSet ? "1" : "0")
    case .text(let words): appendQuoted(words)
    case .moment(let seconds): append(utcText(seconds))
    case .rect(let rect):
      append(Double(rect.x), decimals: Decimals.pixels)
      append(",")
      append(Double(rect.y), decimals: Decimals.pixels)
      append(",")
      append(Double(rect.width), decimals: Decimals.pixels)
      append(",")
      append(Double(rect.height), decimals: Decimals.pixels)
      written = 4
    case .points(let points):
      for (index, point) in points.enumerated() {
        if index > 0 { append(",") }
        append(Double(point.x), decimals: Decimals.pixels)
        append(",")
        append(Double(point.y), decimals: Decimals.pixels)
      }
      written = max(1, 2 * points.count)
    }
    for _ in written..<count { append(",") }
  }

  /// Quotes the text only if necessary: RFC 4180.
  private mutating func appendQuoted(_ words: String) {
    let needsQuotes = words.contains { ",\"".contains($0) || $0.isNewline }
    append(needsQuotes ? "\"" + words.replacing("\"", with: "\"\"") + "\"" : words)
  }
}
