import Imaging
import Reading

/// One property of a `Subject` in a record: its place in JSON, its cells in CSV, and how to get its
/// value. A record is a table of columns; to extend it, add a row.
package struct Column<Subject>: Sendable {
  /// Names of its cells in CSV; empty if it only occurs in JSON.
  package let cells: [String]
  /// The path of keys to it in JSON, outermost first.
  package let keys: [String]
  /// nil if the subject has none: JSON omits the key, CSV leaves the cells empty.
  let value: @Sendable (Subject) -> RecordValue?

  /// - Parameters:
  ///   - path: its keys in JSON, separated by periods
  ///   - cells: the path by default
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

  /// The same column for a type that contains a `Subject`.
  func of<Outer>(_ part: @escaping @Sendable (Outer) -> Subject) -> Column<Outer> {
    let value = value
    return Column<Outer>(cells: cells, keys: keys) { value(part($0)) }
  }
}

/// The value of a column for one subject.
enum RecordValue {
  case integer(Int)
  /// `decimals`: digits after the point, at most; a value that is not finite is null, or an empty
  /// cell.
  case number(Double, decimals: Int)
  /// true or false in JSON, 1 or 0 in CSV.
  case flag(Bool)
  case text(String)
  /// Seconds since 1970, written as "2026-11-26T10:00:00.123Z".
  case moment(Double)
  /// Pixels: `[x, y, width, height]`.
  case rect(Rect)
  /// Pixels: `[[x, y], …]`.
  case points([Point])

  static func degrees(_ value: Float) -> RecordValue {
    .number(Double(value), decimals: Decimals.pixels)
  }

  /// For a probability, valence, arousal or uncertainty.
  static func estimate(_ value: Float) -> RecordValue {
    .number(Double(value), decimals: Decimals.estimate)
  }
}
