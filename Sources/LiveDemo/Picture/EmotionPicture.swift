import CCairo
import Imaging
import Inference

/// The finished picture of `emenet image`: for each face one row with the face and its landmarks to
/// the left, and to the right everything that was estimated with both uncertainties.
enum EmotionPicture {
  /// Of one row: px of a PNG, points of SVG and PDF.
  static let width = 1280.0
  static let rowHeight = 820.0

  /// `title` stands above each face.
  static func write(
    _ reading: FrameReading, title: String, format: PictureFormat, to file: OutputFile
  ) throws(OutputError) {
    let height = rowHeight * Double(max(1, reading.faces.count))
    var bytes: [UInt8] = []
    switch format {
    case .png:
      var image = Image(width: Int(width), height: Int(height))
      Pen.draw(on: &image) { draw(reading, title: title, height: height, $0) }
      try PNGFile.write(image, to: file)
      return
    case .svg, .pdf:
      withUnsafeMutablePointer(to: &bytes) { bytes in
        let surface =
          format == .svg
          ? cairo_svg_surface_create_for_stream(appendToBytes, bytes, width, height)!
          : cairo_pdf_surface_create_for_stream(appendToBytes, bytes, width, height)!
        draw(reading, title: title, height: height, Pen(surface))
        cairo_surface_finish(surface)
        cairo_surface_destroy(surface)
      }
    }
    try file.write(bytes)
    file.close()
  }

  private static func draw(_ reading: FrameReading, title: String, height: Double, _ pen: Pen) {
    let palette = Palette.light
    pen.fill(
      Rect(x: 0, y: 0, width: Float(width), height: Float(height)), palette.background)
    for (index, face) in reading.faces.enumerated() {
      pen.saved {
        pen.translate(0, rowHeight * Double(index))
        let heading =
          reading.faces.count == 1
          ? title : "\(title)  –  face \(index + 1) of \(reading.faces.count)"
        FaceColumn(palette: palette).draw(face, of: reading.image, title: heading, pen)
        EmotionChart(palette: palette).draw(face.emotion, pen)
      }
    }
    if reading.faces.isEmpty {
      FaceColumn(palette: palette).drawWithoutFace(reading.image, title: title, pen)
    }
  }
}
