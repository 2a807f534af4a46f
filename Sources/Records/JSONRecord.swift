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
  private struct Entry: Sendable {
    let column: Column<Subject>
    /// `"key":` of each of its keys.
    let labels: [String]
    /// The objects around it, outermost first; two columns share one where the numbers are equal.
    let objects: [Int]
  }

  private let entries: [Entry]

  init(_ columns: [Column<Subject>]) {
    var numbers: [[String]: Int] = [:]
    entries = columns.map { column in
      Entry(
        column: column, labels: column.keys.map { JSON.text($0).text + ":" },
        objects: column.keys.indices.dropFirst().map { count in
          let path = Array(column.keys.prefix(count))
          let number = numbers[path] ?? numbers.count
          numbers[path] = number
          return number
        })
    }
  }

  func appendMembers(of subject: Subject, to text: inout TextBuffer) {
    var open: [Int] = []
    var isFirst = true
    for entry in entries {
      guard let value = entry.column.value(subject) else { continue }
      var shared = 0
      while shared < open.count, shared < entry.objects.count,
        open[shared] == entry.objects[shared]
      {
        shared += 1
      }
      for _ in shared..<open.count { text.append("}") }
      if !isFirst { text.append(",") }
      isFirst = false
      for index in shared..<entry.objects.count {
        text.append(entry.labels[index])
        text.append("{")
      }
      text.append(entry.labels[entry.objects.count])
      text.appendJSON(value)
      open = entry.objects
    }
    for _ in open { text.append("}") }
  }
}

extension TextBuffer {
  fileprivate mutating func appendJSON(_ value: RecordValue) {
    switch value {
    case .integer(let number): append(number)
    case .number(let number, let decimals): appendJSON(number, decimals: decimals)
    case .flag(let isSet): append(isSet ? "true" : "false")
    case .text(let words): append(JSON.text(words).text)
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
