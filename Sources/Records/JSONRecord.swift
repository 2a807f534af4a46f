import Imaging
import Inference
import Reading
import Runtime

/// A record as a line of JSON. It is written directly from the columns, without a tree of values: a
/// record has some 230 numbers, and a tree costs an allocation for each.
package struct JSONRecord {
  /// Adds each member's own estimate to each face.
  package var perMember = false

  package init(perMember: Bool = false) {
    self.perMember = perMember
  }

  private static let frame = JSONObject(RecordColumns.frame)
  private static let face = JSONObject(RecordColumns.face)
  private static let emotion = JSONObject(RecordColumns.emotion)

  /// Appends the record and a line feed.
  package func append(
    _ reading: FrameReading, of subject: RecordSubject = .frame, to text: inout TextBuffer
  ) {
    text.append("{")
    Self.frame.appendMembers(of: (reading, subject), to: &text)
    text.append(",\"faces\":[")
    text.appendList(reading.faces) { face, text in
      text.append("{")
      Self.face.appendMembers(of: face, to: &text)
      if perMember {
        text.append(",\"members\":[")
        text.appendList(face.members) { member, text in
          text.append("{")
          Self.emotion.appendMembers(of: member, to: &text)
          text.append("}")
        }
        text.append("]")
      }
      text.append("}")
    }
    text.append("]}\n")
  }
}

/// Writes the columns of one subject as the members of an object. Adjacent columns whose paths
/// start with the same keys share the objects of those keys.
private struct JSONObject<Subject>: Sendable {
  private let columns: [Column<Subject>]
  /// Each column's keys in their written form: quoted, followed by a colon.
  private let labels: [[String]]

  init(_ columns: [Column<Subject>]) {
    self.columns = columns
    labels = columns.map { $0.keys.map { JSON.text($0).text + ":" } }
  }

  func appendMembers(of subject: Subject, to text: inout TextBuffer) {
    var last: Int?
    for index in columns.indices {
      guard let value = columns[index].value(subject) else { continue }
      appendKeys(of: index, after: last, to: &text)
      text.appendJSON(value)
      last = index
    }
    for _ in 1..<(last.map { labels[$0].count } ?? 1) { text.append("}") }
  }

  /// Closes the objects of the last column, adds a comma, opens the new ones and writes the key.
  private func appendKeys(of index: Int, after last: Int?, to text: inout TextBuffer) {
    let keys = labels[index]
    var shared = 0
    if let last {
      let previous = labels[last]
      while shared < min(previous.count, keys.count) - 1, previous[shared] == keys[shared] {
        shared += 1
      }
      for _ in shared..<previous.count - 1 { text.append("}") }
      text.append(",")
    }
    for depth in shared..<keys.count {
      text.append(keys[depth])
      if depth < keys.count - 1 { text.append("{") }
    }
  }
}

extension TextBuffer {
  fileprivate mutating func appendJSON(_ value: RecordValue) {
    switch value {
    case .integer(let number): append(number)
    case .number(let number, let decimals): appendJSON(number, decimals: decimals)
    case .flag(let isSet): append(isSet ? "true" : "false")
    case .text(let words): appendJSON(words)
    case .moment(let seconds):
      append("\"")
      append(utcText(seconds))
      append("\"")
    case .rect(let rect):
      // One by one, because an array would be an allocation.
      append("[")
      appendJSON(Double(rect.x), decimals: Decimals.pixels)
      append(",")
      appendJSON(Double(rect.y), decimals: Decimals.pixels)
      append(",")
      appendJSON(Double(rect.width), decimals: Decimals.pixels)
      append(",")
      appendJSON(Double(rect.height), decimals: Decimals.pixels)
      append("]")
    case .points(let points):
      append("[")
      appendList(points) { point, text in
        text.append("[")
        text.appendJSON(Double(point.x), decimals: Decimals.pixels)
        text.append(",")
        text.appendJSON(Double(point.y), decimals: Decimals.pixels)
        text.append("]")
      }
      append("]")
    }
  }

  /// Most strings need no escapes; Jansson handles those that do.
  private mutating func appendJSON(_ words: String) {
    guard words.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 < 0x7F }) else {
      append(JSON.text(words).text)
      return
    }
    append("\"")
    append(words)
    append("\"")
  }

  /// JSON writes values that are not finite as `null`.
  private mutating func appendJSON(_ value: Double, decimals: Int) {
    if !append(value, decimals: decimals) { append("null") }
  }

  fileprivate mutating func appendList<Items: Sequence>(
    _ items: Items, _ body: (Items.Element, inout TextBuffer) -> Void
  ) {
    var isFirst = true
    for item in items {
      if !isFirst { append(",") }
      isFirst = false
      body(item, &self)
    }
  }
}
