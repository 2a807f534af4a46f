import Imaging
import Reading

/// One thing that a record says of a `Subject`: where it stands in JSON, its cells in CSV, and where
/// its value comes from. A record is a table of these; to add to it is to add a row.
package struct Column<Subject>: Sendable {
  /// Names of its cells in CSV; empty where it is in JSON alone.
  package let cells: [String]
  /// The keys that lead to it in JSON, from the outside in.
  package let keys: [String]
  /// nil if the subject has none: JSON omits the key, CSV leaves the cells empty.
  let value: @Sendable (Subject) -> RecordValue?

  /// - Parameters:
  ///   - path: its keys in JSON, with points between them
  ///   - cells: by default the path
  init(
    _ path: String, cells: [String]? = nil, value: @escaping @Sendable (Subject) -> RecordValue?
  ) {
    keys = path.split(separator: ".").map(String.init)
    self.cells = cells ?? [path]
    self.value = value
  }

  init(_ path: String, cell: String, value: @escaping @Sendable (Subject) -> RecordValue?) {
    self.init(path, cells: [cell], value: value)
  }

  private init(
    cells: [String], keys: [String], value: @escaping @Sendable (Subject) -> RecordValue?
  ) {
    self.cells = cells
    self.keys = keys
    self.value = value
  }

  /// The same column of something that has a `Subject`.
  func of<Outer>(_ part: @escaping @Sendable (Outer) -> Subject) -> Column<Outer> {
    let value = value
    return Column<Outer>(cells: cells, keys: keys) { value(part($0)) }
  }
}

/// What a column holds of one subject.
enum RecordValue {
  case integer(Int)
  /// `decimals`: digits after the point, at most; a value that is not finite is null, or an empty
  /// cell.
  case number(Double, decimals: Int)
  /// true and false in JSON, 1 and 0 in CSV
  case flag(Bool)
  case text(String)
  /// s since 1970, written as in "2026-11-26T10:00:00.123Z"
  case moment(Double)
  /// px: `[x, y, width, height]`
  case rect(Rect)
  /// px: `[[x, y], …]`
  case points([Point])

  static func degrees(_ value: Float) -> RecordValue {
    .number(Double(value), decimals: Decimals.pixels)
  }

  /// A probability, valence, arousal or uncertainty.
  static func estimate(_ value: Float) -> RecordValue {
    .number(Double(value), decimals: Decimals.estimate)
  }
}
