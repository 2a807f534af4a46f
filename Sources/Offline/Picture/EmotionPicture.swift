import Imaging
import Inference
import Reading
import Runtime
import Theme

/// The finished picture of `emenet image`: one row per face, with the face and its landmarks on the
/// left, and all estimates with both uncertainties on the right.
package enum EmotionPicture {
  /// Size of one row.
  package static let width = 1280.0
  static let rowHeight = 820.0

  /// `title` appears above each face.
  package static func write(
    _ reading: FrameReading, title: String, format: PictureFormat, to file: OutputFile
  ) throws(OutputError) {
    let height = rowHeight * Double(max(1, reading.faces.count))
    try format.write(width: width, height: height, to: file) {
      draw(reading, title: title, height: height, $0)
    }
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
