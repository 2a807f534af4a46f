import Imaging
import Reading
import Theme

extension Canvas {
  /// The picture with boxes and landmarks: two pixels per cell in half blocks, or one character of
  /// matching darkness if there are too few colours.
  ///
  /// - Parameter isMirrored: swaps left and right
  mutating func drawPreview(
    _ reading: FrameReading?, focus: Int?, isMirrored: Bool = false, in area: Area
  ) {
    putTitle("Preview", area, note: pose(of: focus, in: reading, area), noteStyle: .muted)
    let area = area.below(1)
    guard let reading, area.rows > 0, area.columns > 0 else { return }
    let image = reading.image
    // A cell is about twice as high as it is wide: one pixel per column, two per row.
    let scale = max(
      Float(image.width) / Float(area.columns), Float(image.height) / Float(2 * area.rows))
    let columns = max(1, min(area.columns, Int((Float(image.width) / scale).rounded())))
    let rows = max(1, min(area.rows, Int((Float(image.height) / (2 * scale)).rounded())))
    let left = area.column + (area.columns - columns) / 2
    let pixels = thumbnail(of: image, columns: columns, rows: 2 * rows)
    let marks = Marks(reading.faces, focus: focus, scale: scale, columns: columns, rows: 2 * rows)
    for row in 0..<rows {
      for column in 0..<columns {
        let source = isMirrored ? columns - 1 - column : column
        let (upper, lower) = (2 * row * columns + source, (2 * row + 1) * columns + source)
        self[left + column, area.row + row] =
          showsPixels && glyphs.upperHalf != nil
          ? halves(marks.inks[upper] ?? pixels[upper].ink, marks.inks[lower] ?? pixels[lower].ink)
          : letter(pixels[upper], pixels[lower], marks.inks[upper] ?? marks.inks[lower])
      }
    }
    let picture = Area(column: left, row: area.row, columns: columns, rows: rows)
    if reading.faces.count > 1 {
      putLabels(reading.faces, focus, scale: scale, isMirrored: isMirrored, in: picture)
    }
  }

  /// Head pose of the face in focus, in words; nil if they do not fit.
  private func pose(of focus: Int?, in reading: FrameReading?, _ area: Area) -> String? {
    let pose = reading?.faces.first { $0.id == focus }?.pose?.words ?? ""
    let words = glyphs.upperHalf == nil ? pose.replacing("°", with: "") : pose
    return words.isEmpty || words.count > area.columns - 10 ? nil : words
  }

  /// Number and expression on the upper edge of each box; only the number if two would overlap.
  private mutating func putLabels(
    _ faces: [FaceReading], _ focus: Int?, scale: Float, isMirrored: Bool, in picture: Area
  ) {
    var taken: [Area] = []
    // The face in focus comes first, so that it keeps its name.
    for face in faces.filter({ $0.id == focus }) + faces.filter({ $0.id != focus }) {
      let left = face.box.x / scale
      let place = [
        isMirrored ? Float(picture.columns) - left - face.box.width / scale : left,
        face.box.y / (2 * scale),
      ]
      guard place.allSatisfy({ $0.isFinite && abs($0) < 1e4 }) else { continue }
      let number = "\(face.id)"
      let name = "\(number) \(face.emotion.expression.label.name)"
      for (text, down) in [(name, 0), (number, 0), (number, 1)] {
        let area = Area(
          column: picture.column + max(0, min(picture.columns - text.count, Int(place[0]))),
          row: picture.row + max(0, min(picture.rows - 1, Int(place[1]) + down)),
          columns: text.count,
          rows: 1)
        let isFree = !taken.contains {
          $0.row == area.row && $0.column <= area.column + area.columns
            && area.column <= $0.column + $0.columns
        }
        guard isFree, text.count <= picture.columns else { continue }
        taken.append(area)
        put(
          text, area.column, area.row,
          Style(ink: face.id == focus ? .focus : .plain, isBold: true, isReversed: true))
        break
      }
    }
  }

  private func halves(_ upper: Ink, _ lower: Ink) -> Cell {
    Cell(glyph: glyphs.upperHalf ?? " ", style: Style(ink: upper, ground: lower))
  }

  private func letter(_ upper: Pixel, _ lower: Pixel, _ mark: Ink?) -> Cell {
    if let mark {
      return Cell(glyph: mark == Marks.landmark ? "o" : "+", style: .ink(mark, bold: true))
    }
    let ramp: [Unicode.Scalar] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]
    let luma = (upper.luma + lower.luma) / 2
    return Cell(glyph: ramp[min(ramp.count - 1, luma * ramp.count / 256)], style: .muted)
  }
}

/// Boxes and landmarks on the pixels of the preview.
private struct Marks {
  static let landmark = Ink.alert

  /// (rows, columns); nil if the picture is shown
  private(set) var inks: [Ink?]
  private let columns: Int
  private let rows: Int

  init(_ faces: [FaceReading], focus: Int?, scale: Float, columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    inks = .init(repeating: nil, count: columns * rows)
    for face in faces {
      draw(face.box, scale, face.id == focus ? .focus : .muted)
      // All 68 would cover a small face: only the nose and the corners of eyes and mouth are drawn.
      let isSmall = face.box.width / scale < 28
      for (index, point) in face.landmarks.enumerated()
      where !isSmall || [30, 36, 39, 42, 45, 48, 54].contains(index) {
        put(pixel(point.x, scale), pixel(point.y, scale), Self.landmark)
      }
    }
  }

  private mutating func draw(_ box: Rect, _ scale: Float, _ ink: Ink) {
    let (left, top) = (pixel(box.x, scale), pixel(box.y, scale))
    let (right, bottom) = (pixel(box.x + box.width, scale), pixel(box.y + box.height, scale))
    guard left <= right, top <= bottom else { return }
    // Drawing only its corners hides less of the picture.
    let reach = max(1, min(right - left, bottom - top) / 4)
    for x in max(0, left)..<max(max(0, left), min(columns, right + 1))
    where x - left <= reach || right - x <= reach {
      put(x, top, ink)
      put(x, bottom, ink)
    }
    for y in max(0, top)..<max(max(0, top), min(rows, bottom + 1))
    where y - top <= reach || bottom - y <= reach {
      put(left, y, ink)
      put(right, y, ink)
    }
  }

  /// NaN maps far outside.
  private func pixel(_ value: Float, _ scale: Float) -> Int {
    let value = (value / scale).rounded(.down)
    return value.isFinite ? Int(min(1e6, max(-1e6, value))) : -1_000_000
  }

  private mutating func put(_ x: Int, _ y: Int, _ ink: Ink) {
    if x >= 0, x < columns, y >= 0, y < rows { inks[y * columns + x] = ink }
  }
}

/// Means over a few pixels around each place, at most four by four: enough for a picture of this
/// size.
private func thumbnail(of image: Image, columns: Int, rows: Int) -> [Pixel] {
  func samples(_ place: Int, _ places: Int, _ length: Int) -> [Int] {
    let (start, end) = (place * length / places, (place + 1) * length / places)
    let count = max(1, min(4, end - start))
    return (0..<count).map { min(length - 1, start + (end - start) * (2 * $0 + 1) / (2 * count)) }
  }
  let across = (0..<columns).map { samples($0, columns, image.width) }
  return image.withUnsafeBytes { bytes in
    (0..<rows).flatMap { row in
      let down = samples(row, rows, image.height)
      return across.map { across in
        var (red, green, blue) = (0, 0, 0)
        for y in down {
          for x in across {
            let offset = y * image.bytesPerRow + 4 * x
            blue += Int(bytes[offset])
            green += Int(bytes[offset + 1])
            red += Int(bytes[offset + 2])
          }
        }
        let count = down.count * across.count
        return Pixel(
          red: UInt8(red / count), green: UInt8(green / count), blue: UInt8(blue / count))
      }
    }
  }
}

extension Pixel {
  fileprivate var luma: Int { (299 * Int(red) + 587 * Int(green) + 114 * Int(blue)) / 1000 }
  /// Five bits per colour, so that invisible differences are not sent.
  fileprivate var ink: Ink { .rgb(red & 0xf8, green & 0xf8, blue & 0xf8) }
}
