import Imaging

extension Canvas {
  /// The picture with boxes and landmarks: two pixels a cell in half blocks, or in ASCII one
  /// character of fitting darkness.
  mutating func drawPreview(
    _ reading: FrameReading, focus: Int?, in area: Area, _ glyphs: Glyphs, hasColors: Bool
  ) {
    let image = reading.image
    // A cell is about twice as high as wide: one pixel a column, two a row.
    let scale = max(
      Float(image.width) / Float(area.columns), Float(image.height) / Float(2 * area.rows))
    let columns = max(1, min(area.columns, Int(Float(image.width) / scale)))
    let rows = max(1, min(area.rows, Int(Float(image.height) / (2 * scale))))
    var pixels = thumbnail(of: image, columns: columns, rows: 2 * rows)
    func mark(_ point: Point, _ ink: Pixel) {
      let (x, y) = (Int((point.x / scale).rounded(.down)), Int((point.y / scale).rounded(.down)))
      if x >= 0, x < columns, y >= 0, y < 2 * rows { pixels[y * columns + x] = ink }
    }
    for face in reading.faces {
      let isFocus = face.id == focus
      let box = face.box
      let ink =
        isFocus ? Pixel(red: 120, green: 230, blue: 120) : Pixel(red: 150, green: 150, blue: 150)
      for step in stride(from: Float(0), through: 1, by: 0.02) {
        let (x, y) = (box.x + box.width * step, box.y + box.height * step)
        mark(Point(x, box.y), ink)
        mark(Point(x, box.y + box.height), ink)
        mark(Point(box.x, y), ink)
        mark(Point(box.x + box.width, y), ink)
      }
      for point in face.landmarks { mark(point, Pixel(red: 250, green: 220, blue: 90)) }
    }
    let left = area.column + (area.columns - columns) / 2
    for row in 0..<rows {
      for column in 0..<columns {
        let upper = pixels[2 * row * columns + column]
        let lower = pixels[(2 * row + 1) * columns + column]
        self[left + column, area.row + row] = Self.cell(upper, lower, glyphs, hasColors)
      }
    }
  }

  private static func cell(_ upper: Pixel, _ lower: Pixel, _ glyphs: Glyphs, _ hasColors: Bool)
    -> Cell
  {
    guard hasColors, let half = glyphs.upperHalf else {
      let ramp: [Unicode.Scalar] = [" ", ".", ":", "-", "=", "+", "*", "#", "%", "@"]
      let luma = (upper.luma + lower.luma) / 2
      return Cell(glyph: ramp[min(ramp.count - 1, luma * ramp.count / 256)])
    }
    return Cell(
      glyph: half,
      style: Style(
        ink: .rgb(upper.red, upper.green, upper.blue),
        ground: .rgb(lower.red, lower.green, lower.blue)))
  }

  /// Means over a few pixels of each place: enough for a picture of this size.
  private func thumbnail(of image: Image, columns: Int, rows: Int) -> [Pixel] {
    (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      var (red, green, blue) = (0, 0, 0)
      for step in 0..<4 {
        let x = (column * 4 + step) * image.width / (columns * 4)
        let y = (row * 4 + step) * image.height / (rows * 4)
        let pixel = image[min(x, image.width - 1), min(y, image.height - 1)]
        red += Int(pixel.red)
        green += Int(pixel.green)
        blue += Int(pixel.blue)
      }
      return Pixel(red: UInt8(red / 4), green: UInt8(green / 4), blue: UInt8(blue / 4))
    }
  }
}

extension Pixel {
  fileprivate var luma: Int { (299 * Int(red) + 587 * Int(green) + 114 * Int(blue)) / 1000 }
}
