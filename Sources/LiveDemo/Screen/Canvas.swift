/// A grid of character cells that views draw on; a terminal shows it, a test reads it.
struct Canvas: Equatable, Sendable {
  struct Cell: Equatable, Sendable {
    var glyph: Unicode.Scalar = " "
    var style = Style()
  }

  let columns: Int
  let rows: Int
  /// (rows, columns)
  private(set) var cells: [Cell]

  init(columns: Int, rows: Int) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
    cells = .init(repeating: Cell(), count: self.columns * self.rows)
  }

  /// Cells outside are left out, so a view need not know where the canvas ends.
  subscript(column: Int, row: Int) -> Cell {
    get { contains(column, row) ? cells[row * columns + column] : Cell() }
    set { if contains(column, row) { cells[row * columns + column] = newValue } }
  }

  private func contains(_ column: Int, _ row: Int) -> Bool {
    column >= 0 && column < columns && row >= 0 && row < rows
  }

  /// Writes `text`, cut at `limit` columns.
  mutating func put(
    _ text: String, _ column: Int, _ row: Int, _ style: Style = Style(), limit: Int = .max
  ) {
    for (offset, glyph) in text.unicodeScalars.prefix(max(0, limit)).enumerated() {
      self[column + offset, row] = Cell(glyph: glyph, style: style)
    }
  }

  /// One line of text for each row, trailing blanks included.
  var text: [String] {
    (0..<rows).map { row in
      var line = String.UnicodeScalarView()
      for column in 0..<columns { line.append(self[column, row].glyph) }
      return String(line)
    }
  }
}

/// A rectangle of cells.
struct Area: Equatable, Sendable {
  var column: Int
  var row: Int
  var columns: Int
  var rows: Int
}

struct Style: Equatable, Hashable, Sendable {
  var ink: Ink = .plain
  var ground: Ink = .plain
  var isBold = false
  var isDim = false
  var isReversed = false

  static let dim = Style(isDim: true)
  static let bold = Style(isBold: true)

  static func ink(_ ink: Ink, bold: Bool = false) -> Style { Style(ink: ink, isBold: bold) }
}

/// What a colour says; the terminal finds the nearest that it has.
enum Ink: Equatable, Hashable, Sendable {
  /// The terminal's own
  case plain
  case title, value, winner, aleatoric, epistemic, valence, arousal, alert, recording, faint
  case rgb(UInt8, UInt8, UInt8)

  var rgb: (UInt8, UInt8, UInt8)? {
    switch self {
    case .plain: nil
    case .title: (129, 161, 193)
    case .value: (94, 172, 211)
    case .winner: (163, 211, 120)
    case .aleatoric: (222, 184, 98)
    case .epistemic: (224, 108, 147)
    case .valence: (120, 200, 170)
    case .arousal: (236, 150, 90)
    case .alert: (240, 200, 60)
    case .recording: (240, 80, 80)
    case .faint: (110, 118, 130)
    case .rgb(let red, let green, let blue): (red, green, blue)
    }
  }

  /// The nearest of the eight colours that every colour terminal has: bits red, green, blue.
  var basic: Int32? {
    switch self {
    case .plain, .rgb: nil
    case .title: 6
    case .value: 4
    case .winner: 2
    case .aleatoric, .alert: 3
    case .epistemic: 5
    case .valence: 2
    case .arousal: 1
    case .recording: 1
    case .faint: 7
    }
  }
}
