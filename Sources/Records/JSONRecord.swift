import Imaging
import Inference
import Reading
import Runtime

/// One record as a line of JSON. It is written straight from the columns, without a tree of values in
/// between: a record has some 230 numbers, and a tree costs an allocation for each.
package struct JSONRecord {
  /// Adds each member's own estimate to each face.
  package var perMember = false

  package init(perMember: Bool = false) {
    self.perMember = perMember
  }

  private static let frame = JSONObject(RecordColumns.frame)
  private static let face = JSONObject(RecordColumns.face)
  private static let emotion = JSONObject(RecordColumns.emotion)

  /// With its line feed.
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

/// The columns of one subject as the members of an object. Neighbours whose paths begin with the same
/// keys share the objects of those keys.
private struct JSONObject<Subject>: Sendable {
  private let columns: [Column<Subject>]
  /// What stands before the value of a column that comes first, or after its neighbour in the table:
  /// the ends of objects, a comma, the beginnings of others, the key.
  private let first: [String]
  private let next: [String]

  init(_ columns: [Column<Subject>]) {
    self.columns = columns
    first = columns.map { Self.lead(to: $0.keys, after: nil) }
    next = columns.indices.map { index in
      Self.lead(to: columns[index].keys, after: index > 0 ? columns[index - 1].keys : nil)
    }
  }

  func appendMembers(of subject: Subject, to text: inout TextBuffer) {
    var last: Int?
    for index in columns.indices {
      guard let value = columns[index].value(subject) else { continue }
      switch last {
      case nil: text.append(first[index])
      case index - 1: text.append(next[index])
      case let last?: text.append(Self.lead(to: columns[index].keys, after: columns[last].keys))
      }
      text.appendJSON(value)
      last = index
    }
    for _ in 1..<(last.map { columns[$0].keys.count } ?? 1) { text.append("}") }
  }

  private static func lead(to keys: [String], after previous: [String]?) -> String {
    let shared = zip((previous ?? keys).dropLast(), keys.dropLast()).prefix { $0 == $1 }.count
    let open = previous == nil ? 0 : shared
    let labels = keys[open...].map { JSON.text($0).text + ":" }
    let ends = String(repeating: "}", count: previous.map { $0.count - 1 - shared } ?? 0)
    return ends + (previous == nil ? "" : ",") + labels.joined(separator: "{")
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
      append("[")
      appendList([rect.x, rect.y, rect.width, rect.height]) { side, text in
        text.appendJSON(Double(side), decimals: Decimals.pixels)
      }
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

  /// Most words need no escapes; Jansson knows them.
  private mutating func appendJSON(_ words: String) {
    guard words.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C && $0 < 0x7F }) else {
      append(JSON.text(words).text)
      return
    }
    append("\"")
    append(words)
    append("\"")
  }

  /// JSON has no word for what is not finite but `null`.
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
