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
  /// Each column's keys as they are written: quoted, with a colon.
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

  /// The ends of the last column's objects, a comma, the beginnings of others, the key.
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
