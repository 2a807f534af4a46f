import Imaging
import Reading
import Theme

extension Canvas {
  /// The picture with boxes and landmarks: in symbols of the terminal's colours, or in pixels over
  /// blank cells.
  ///
  /// - Parameters:
  ///   - isMirrored: swaps left and right
  ///   - pixels: of a cell, if the picture is to be in pixels
  mutating func drawPreview(
    _ reading: FrameReading?, focus: Int?, isMirrored: Bool = false,
    pixels: (width: Int, height: Int)? = nil, in area: Area
  ) {
    putTitle("Preview", area, note: pose(of: focus, in: reading, area), noteStyle: .muted)
    let area = area.below(1)
    guard let reading, area.rows > 0, area.columns > 0 else { return }
    let image = reading.image
    // Height of a cell over its width.
    let shape = pixels.map { Float($0.height) / Float($0.width) } ?? 2
    // Pixels of the image in the width of a cell.
    let scale = max(
      Float(image.width) / Float(area.columns), Float(image.height) / (shape * Float(area.rows)))
    let columns = max(1, min(area.columns, Int((Float(image.width) / scale).rounded())))
    let rows = max(1, min(area.rows, Int((Float(image.height) / (shape * scale)).rounded())))
    let place = Area(
      column: area.column + (area.columns - columns) / 2, row: area.row, columns: columns,
      rows: rows)
    let faces = isMirrored ? reading.faces.map { $0.mirrored(in: image) } : reading.faces
    let labels =
      faces.count > 1 ? Self.labels(faces, focus, scale: scale, shape: shape, in: place) : []
    if let pixels {
      // ncurses clears the rest of a line that ends in spaces, and what is shown there with it; it
      // never clears these, which are as blank.
      if glyphs.canShow("\u{a0}") {
        let blanks = String(repeating: "\u{a0}", count: columns)
        for row in 0..<rows { put(blanks, place.column, place.row + row) }
      }
      picture = Self.picture(
        image, faces, focus: focus, isMirrored: isMirrored, pixels, scale: scale, in: place)
      picture?.labels = labels.map {
        PlacedPicture.Label(text: $0.text, column: $0.area.column, row: $0.area.row)
      }
      return
    }
    drawSymbols(image, faces, focus: focus, isMirrored: isMirrored, scale: scale, in: place)
    for label in labels {
      put(
        label.text, label.area.column, label.area.row,
        Style(ink: label.isFocus ? .focus : .plain, isBold: true, isReversed: true))
    }
  }

  private static func picture(
    _ image: Image, _ faces: [FaceReading], focus: Int?, isMirrored: Bool,
    _ cell: (width: Int, height: Int), scale: Float, in area: Area
  ) -> PlacedPicture {
    let (width, height) = (area.columns * cell.width, area.rows * cell.height)
    var raster = PictureRenderer.shared.raster(
      image, width: width, height: height, isMirrored: isMirrored)
    let unit = max(2, cell.width / 4)
    let step = scale * Float(unit) / Float(cell.width)
    let marks = Marks(
      faces, focus: focus, scale: (step, step), small: 8 * scale,
      columns: (width + unit - 1) / unit, rows: (height + unit - 1) / unit)
    for (index, ink) in marks.inks.enumerated() {
      guard let ink, let color = ink.rgb else { continue }
      let (x, y) = (index % marks.columns * unit, index / marks.columns * unit)
      raster.fill(x..<x + unit, y..<y + unit, color)
    }
    return PlacedPicture(
      area: area, cellWidth: cell.width, cellHeight: cell.height, raster: raster)
  }

  private mutating func drawSymbols(
    _ image: Image, _ faces: [FaceReading], focus: Int?, isMirrored: Bool, scale: Float,
    in area: Area
  ) {
    let (columns, rows, size) = (area.columns, area.rows, PictureSymbol.size)
    let raster = PictureRenderer.shared.raster(
      image, width: size * columns, height: size * rows, isMirrored: isMirrored)
    let symbols = PictureRenderer.shared.cells(
      raster, columns: columns, rows: rows, glyphs.blocks, hasColors: hasColors)
    let marks = Marks(
      faces, focus: focus, scale: (scale / 2, scale), small: 28 * scale, columns: 2 * columns,
      rows: 2 * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        var cell = symbols[row * columns + column]
        if let mark = marks.cell(column, row) {
          let ground = raster.mean(
            size * column..<size * (column + 1), size * row..<size * (row + 1))
          cell = Cell(
            glyph: glyph(mark.corners, isLandmark: mark.ink == Marks.landmark),
            style: hasColors && glyphs.blocks != .none
              ? Style(ink: mark.ink, ground: Ink(coarse: ground)) : .ink(mark.ink, bold: true))
        }
        self[area.column + column, area.row + row] = cell
      }
    }
  }

  /// What fills these corners of a cell, or stands for them; see ``Marks/cell(_:_:)``.
  private func glyph(_ corners: Int, isLandmark: Bool) -> Unicode.Scalar {
    let quadrants: [Unicode.Scalar] = [
      " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
    ]
    switch glyphs.blocks {
    case .quadrants: return quadrants[corners]
    case .halves: return corners & 3 == 0 ? "▄" : corners & 12 == 0 ? "▀" : "█"
    case .none: return isLandmark ? "o" : "+"
    }
  }

  /// Head pose of the face in focus, in words; nil if they do not fit.
  private func pose(of focus: Int?, in reading: FrameReading?, _ area: Area) -> String? {
    let pose = reading?.faces.first { $0.id == focus }?.pose?.words ?? ""
    let words = glyphs.blocks == .none ? pose.replacing("°", with: "") : pose
    return words.isEmpty || words.count > area.columns - 10 ? nil : words
  }

  /// Number and expression on the upper edge of each box; only the number if two would overlap.
  private static func labels(
    _ faces: [FaceReading], _ focus: Int?, scale: Float, shape: Float, in picture: Area
  ) -> [(text: String, area: Area, isFocus: Bool)] {
    var taken: [(text: String, area: Area, isFocus: Bool)] = []
    // The face in focus comes first, so that it keeps its name.
    for face in faces.filter({ $0.id == focus }) + faces.filter({ $0.id != focus }) {
      let place = [face.box.x / scale, face.box.y / (shape * scale)]
      guard place.allSatisfy({ $0.isFinite && abs($0) < 1e4 }) else { continue }
      let number = "\(face.id)"
      let name = "\(number) \(face.emotion.expression.label.name)"
      for (text, down) in [(name, 0), (number, 0), (number, 1)] {
        let area = Area(
          column: picture.column + max(0, min(picture.columns - text.count, Int(place[0]))),
          row: picture.row + max(0, min(picture.rows - 1, Int(place[1]) + down)),
          columns: text.count, rows: 1)
        let isFree = !taken.contains {
          $0.area.row == area.row && $0.area.column <= area.column + area.columns
            && area.column <= $0.area.column + $0.area.columns
        }
        guard isFree, text.count <= picture.columns else { continue }
        taken.append((text, area, face.id == focus))
        break
      }
    }
    return taken
  }
}

extension FaceReading {
  /// As a mirror shows it.
  fileprivate func mirrored(in image: Image) -> FaceReading {
    var face = self
    let width = Float(image.width)
    face.box.x = width - box.x - box.width
    face.landmarks = landmarks.map { Point(width - $0.x, $0.y) }
    return face
  }
}

/// Boxes and landmarks on a grid over the picture.
private struct Marks {
  static let landmark = Ink.alert

  /// (rows, columns); nil if the picture is shown
  private(set) var inks: [Ink?]
  let columns: Int
  let rows: Int
  /// Pixels of the image in a place of the grid.
  private let scale: (x: Float, y: Float)

  /// - Parameter small: width of a face on which all 68 points would be too many, px of the image
  init(
    _ faces: [FaceReading], focus: Int?, scale: (x: Float, y: Float), small: Float, columns: Int,
    rows: Int
  ) {
    self.columns = columns
    self.rows = rows
    self.scale = scale
    inks = .init(repeating: nil, count: columns * rows)
    for face in faces {
      draw(face.box, face.id == focus ? .focus : .muted)
      // Only the nose and the corners of eyes and mouth.
      let isSmall = face.box.width < small
      for (index, point) in face.landmarks.enumerated()
      where !isSmall || [30, 36, 39, 42, 45, 48, 54].contains(index) {
        put(place(point.x, scale.x), place(point.y, scale.y), Self.landmark)
      }
    }
  }

  /// The corners of a cell of two by two places that are marked, as bits from the lowest: upper left,
  /// upper right, lower left, lower right; landmarks decide their ink. nil if none is.
  func cell(_ column: Int, _ row: Int) -> (corners: Int, ink: Ink)? {
    var (corners, ink): (Int, Ink?) = (0, nil)
    for corner in 0..<4 {
      guard let mark = inks[(2 * row + corner / 2) * columns + 2 * column + corner % 2]
      else { continue }
      corners |= 1 << corner
      if ink == nil || mark == Self.landmark { ink = mark }
    }
    return ink.map { (corners, $0) }
  }

  private mutating func draw(_ box: Rect, _ ink: Ink) {
    let (left, top) = (place(box.x, scale.x), place(box.y, scale.y))
    let (right, bottom) = (
      place(box.x + box.width, scale.x), place(box.y + box.height, scale.y)
    )
    guard left <= right, top <= bottom else { return }
    // Drawing only its corners hides less of the picture.
    let length = min(box.width, box.height) / 4
    let (across, down) = (max(1, place(length, scale.x)), max(1, place(length, scale.y)))
    for x in max(0, left)..<max(max(0, left), min(columns, right + 1))
    where x - left <= across || right - x <= across {
      put(x, top, ink)
      put(x, bottom, ink)
    }
    for y in max(0, top)..<max(max(0, top), min(rows, bottom + 1))
    where y - top <= down || bottom - y <= down {
      put(left, y, ink)
      put(right, y, ink)
    }
  }

  /// NaN maps far outside.
  private func place(_ value: Float, _ scale: Float) -> Int {
    let value = (value / scale).rounded(.down)
    return value.isFinite ? Int(min(1e6, max(-1e6, value))) : -1_000_000
  }

  private mutating func put(_ x: Int, _ y: Int, _ ink: Ink) {
    if x >= 0, x < columns, y >= 0, y < rows { inks[y * columns + x] = ink }
  }
}
