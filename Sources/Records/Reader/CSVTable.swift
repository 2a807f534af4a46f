/// Reads the wanted cells out of the rows of a CSV file (RFC 4180, a record a line).
struct CSVTable {
  private enum Target {
    case frame(FrameField)
    case face(Int)
  }

  /// For each column what it is; nil for one that nobody asks for.
  private var columns: [Target?]
  /// Columns from here on are not looked at.
  private let end: Int
  /// The frame that rows are added to, and what its rows say of it.
  private var pending = RecordedFrame()
  private var hasPending = false
  private var row = RecordedFrame()

  /// nil where `header` names no records of emenet.
  init?(header: UnsafeBufferPointer<UInt8>) {
    var targets: [String: Target] = [:]
    for field in FrameField.allCases { targets[field.cell] = .frame(field) }
    for field in RecordField.allCases {
      for (index, place) in field.places.enumerated() {
        targets[place.cell] = .face(field.offset + index)
      }
    }
    var names: [String] = []
    guard Self.cells(of: header, { names.append(String(decoding: $0, as: UTF8.self)) }),
      Set(["frame", "time", "valence"]).isSubset(of: names)
    else { return nil }
    columns = names.map { targets[$0] }
    end = (columns.lastIndex { $0 != nil } ?? -1) + 1
  }

  /// `body` gets the frame before, once `line` belongs to another. False where the line is damaged.
  mutating func read(
    _ line: UnsafeBufferPointer<UInt8>, _ body: (RecordedFrame) throws -> Void
  ) rethrows -> Bool {
    row.reset()
    row.appendFace()
    var column = 0
    var isWhole = true
    let (columns, end) = (columns, end)
    let isClosed = Self.cells(of: line) { cell in
      defer { column += 1 }
      guard column < end, let target = columns[column], cell.count > 0 else { return }
      switch target {
      case .frame(let field):
        let text = [.utc, .markerText, .markerUTC].contains(field)
        let number = text ? .nan : decimal(cell)
        if number == nil { isWhole = false }
        row.set(field, number ?? .nan, text ? String(decoding: cell, as: UTF8.self) : nil)
      case .face(let place):
        guard let number = decimal(cell) else {
          isWhole = false
          return
        }
        row.values[place] = Float(number)
      }
    }
    guard isClosed, isWhole, column == columns.count, row.time.isFinite else { return false }
    if !hasPending || pending.time != row.time {
      try flush(body)
      swap(&pending, &row)
      hasPending = true
      if pending.face(0).id == nil { pending.values.removeAll(keepingCapacity: true) }
    } else {
      pending.values += row.values
    }
    return true
  }

  /// The last frame.
  mutating func flush(_ body: (RecordedFrame) throws -> Void) rethrows {
    guard hasPending else { return }
    hasPending = false
    try body(pending)
  }

  /// Each cell without its quotes; false where a quote is not closed.
  private static func cells(
    of line: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void
  ) -> Bool {
    let (comma, quote) = (UInt8(ascii: ","), UInt8(ascii: "\""))
    var at = 0
    while true {
      if at < line.count, line[at] == quote {
        var plain: [UInt8] = []
        at += 1
        while true {
          guard at < line.count else { return false }
          if line[at] == quote {
            at += 1
            guard at < line.count, line[at] == quote else { break }
          }
          plain.append(line[at])
          at += 1
        }
        plain.withUnsafeBufferPointer(body)
      } else {
        let start = at
        while at < line.count, line[at] != comma { at += 1 }
        body(UnsafeBufferPointer(rebasing: line[start..<at]))
      }
      guard at < line.count else { return true }
      at += 1
    }
  }
}
