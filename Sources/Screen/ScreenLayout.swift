/// Where each view goes on a screen of a given size.
struct ScreenLayout: Equatable, Sendable {
  /// Below this size only one line of text is shown.
  static let minimum = (columns: 40, rows: 10)
  /// At this size all views fit.
  private static let full = (columns: 72, rows: 20)

  /// Two rows, or one if rows are scarce.
  var status: Area
  var legend: Area
  /// The winning expression alone, if there is no room for all.
  var winner: Area?
  var expressions: Area?
  /// With a title, or two rows without one.
  var valenceArousal: Area
  var actionUnits: Area?
  var plane: Area?
  var history: Area
  var preview: Area?
  /// Rows from one bar to the next.
  var pitch: Int

  /// - Parameters:
  ///   - pictureAspect: width over height of the preview; nil if it is not shown
  /// nil if the screen is too small.
  init?(columns: Int, rows: Int, pictureAspect: Float?) {
    guard columns >= Self.minimum.columns, rows >= Self.minimum.rows else { return nil }
    let inner = columns - 2
    let status = Area(column: 1, row: 0, columns: inner, rows: rows >= 24 ? 2 : 1)
    let legend = Area(column: 1, row: rows - 1, columns: inner, rows: 1)
    let body = Area(
      column: 1, row: status.rows, columns: inner, rows: rows - status.rows - 1)
    if columns >= 116, rows >= 38 {
      self.init(gallery: body, status, legend, pictureAspect)
    } else if columns >= Self.full.columns, rows >= Self.full.rows {
      self.init(stack: body, status, legend, pictureAspect)
    } else {
      self.init(compact: body, status, legend, pictureAspect)
    }
  }

  /// Pictures in a column on the left; bars and history in one on the right.
  private init(gallery body: Area, _ status: Area, _ legend: Area, _ pictureAspect: Float?) {
    self.status = status
    self.legend = legend
    let left = min(body.columns * 2 / 5, 2 * body.rows)
    let right = body.columns - left - 3
    let bars = Area(column: body.column + left + 3, row: body.row, columns: right, rows: 0)

    // Three headings, 22 bars and at least 8 rows of history, with blanks between if there is room.
    pitch = max(1, min(5, (body.rows - 3 - 8) / 22))
    let gap = body.rows - 3 - 22 * pitch - 8 >= 3 ? 1 : 0
    let expressions = bars.with(rows: 1 + 8 * pitch)
    valenceArousal = expressions.next(gap, rows: 1 + 2 * pitch)
    let actionUnits = valenceArousal.next(gap, rows: 1 + 12 * pitch)
    history = actionUnits.next(gap, rows: 0)
    history.rows = body.row + body.rows - history.row
    (self.expressions, self.actionUnits) = (expressions, actionUnits)

    let leading = Area(column: body.column, row: body.row, columns: left, rows: 0)
    guard let pictureAspect else {
      plane = leading.with(rows: body.rows)
      return
    }
    let wanted = Int((Float(left) / 2 / pictureAspect).rounded(.up))
    let picture = leading.with(rows: 1 + max(4, min(wanted, body.rows * 3 / 5)))
    preview = picture
    var plane = picture.next(1, rows: 0)
    plane.rows = body.row + body.rows - plane.row
    self.plane = plane
  }

  /// Bars above; plane, history and preview in a row below.
  private init(stack body: Area, _ status: Area, _ legend: Area, _ pictureAspect: Float?) {
    self.status = status
    self.legend = legend
    pitch = body.rows >= 46 ? 2 : 1
    let left = min(60, (body.columns - 1) * 2 / 5)
    let leading = Area(column: body.column, row: body.row, columns: left, rows: 0)
    let expressions = leading.with(rows: 1 + 8 * pitch)
    self.expressions = expressions
    valenceArousal = expressions.next(0, rows: 1 + 2 * pitch)
    let actionUnits = Area(
      column: body.column + left + 2, row: body.row, columns: body.columns - left - 2,
      rows: 1 + 12 * pitch)
    self.actionUnits = actionUnits
    let top = actionUnits.row + actionUnits.rows
    var band = Area(
      column: body.column, row: top, columns: body.columns, rows: body.row + body.rows - top)
    var strip: Area?
    if band.rows >= 20 {
      // On a tall screen the history takes the whole width.
      let rows = max(9, min(14, band.rows / 3))
      band.row += 1
      band.rows -= rows + 1
      strip = band.next(0, rows: rows)
    }
    let room = strip == nil ? band.columns * 2 / 3 : band.columns
    var pictureColumns = 0
    if let pictureAspect {
      let wanted = Int((Float(2 * (band.rows - 1)) * pictureAspect).rounded())
      pictureColumns = max(8, min(wanted, room * 3 / 5))
    }
    let planeColumns = min(2 * band.rows - 1, room - pictureColumns - 2)
    var plane = band
    plane.columns = max(9, planeColumns)
    if pictureColumns > 0 {
      var area = band
      area.columns = pictureColumns
      area.column = band.column + band.columns - pictureColumns
      preview = area
    }
    if let strip {
      history = strip
      if preview == nil { plane.columns = band.columns }
    } else {
      history = band
      history.column = plane.column + plane.columns + 2
      history.columns =
        band.column + band.columns - history.column
        - (pictureColumns > 0 ? pictureColumns + 2 : 0)
    }
    self.plane = plane
  }

  /// A small pane: winner, valence and arousal, history, and whatever else fits.
  private init(compact body: Area, _ status: Area, _ legend: Area, _ pictureAspect: Float?) {
    self.status = status
    self.legend = legend
    pitch = 1
    var main = body
    // Beside it if the pane is wide, below it if the pane is tall.
    let isHigh = body.rows >= 36
    if let pictureAspect, !isHigh {
      let wanted = Int((Float(2 * (body.rows - 1)) * pictureAspect).rounded())
      preview = main.cutRight(columns: min(wanted, main.columns - 40), atLeast: 12)
    }
    if !isHigh, body.rows >= 13 {
      actionUnits = main.cutRight(columns: min(70, main.columns - 42), atLeast: 46)
    }
    if main.rows >= 17 {
      let expressions = main.cutTop(rows: 9)
      valenceArousal = main.cutTop(rows: 3)
      self.expressions = expressions
    } else {
      winner = main.cutTop(rows: 1)
      valenceArousal = main.cutTop(rows: 2)
    }
    if actionUnits == nil, main.rows >= 13 + 5 { actionUnits = main.cutTop(rows: 13) }
    if let pictureAspect, preview == nil, main.rows >= 5 + 6 {
      let wanted = 1 + Int((Float(main.columns) / 2 / pictureAspect).rounded(.up))
      preview = main.cutTop(rows: max(5, min(wanted, main.rows - 6)))
    }
    history = main
  }
}

extension Area {
  fileprivate func with(rows: Int) -> Area {
    Area(column: column, row: row, columns: columns, rows: rows)
  }

  /// The area below, separated by `gap` rows.
  fileprivate func next(_ gap: Int, rows: Int) -> Area {
    Area(column: column, row: row + self.rows + gap, columns: columns, rows: rows)
  }

  fileprivate mutating func cutTop(rows: Int) -> Area {
    defer {
      row += rows
      self.rows -= rows
    }
    return with(rows: rows)
  }

  /// Takes columns off the right end, along with two blanks next to them; nil if there are too few.
  fileprivate mutating func cutRight(columns: Int, atLeast least: Int) -> Area? {
    guard columns >= least else { return nil }
    var part = self
    part.column += self.columns - columns
    part.columns = columns
    self.columns -= columns + 2
    return part
  }
}
