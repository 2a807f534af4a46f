import Glibc
import Imaging
import Reading
import Runtime
import Theme

/// An annotated frame as a PNG file, together with the screen that showed it as an SVG file.
package enum Snapshot {
  /// Writes `emenet-YYYYMMDD-HHMMSS.png` and `.svg` in local time into `directory`, with a number
  /// after the name if one of them exists, and returns their paths.
  ///
  /// - Parameters:
  ///   - lead: the face that the panel shows; nil for the largest
  ///   - screen: the text of the SVG file
  package static func write(
    _ reading: FrameReading, lead: Int?, screen: String, directory: String = "."
  ) throws(OutputError) -> (picture: String, screen: String) {
    var reading = reading
    if let index = reading.faces.firstIndex(where: { $0.id == lead }) {
      reading.faces.insert(reading.faces.remove(at: index), at: 0)
    }
    var annotator = Annotator(
      frameWidth: reading.image.width, frameHeight: reading.image.height)
    annotator.draw(reading)
    for name in timestampedNames() {
      let stem = (directory == "." ? "" : directory + "/") + name
      let paths = (picture: stem + ".png", screen: stem + ".svg")
      guard access(paths.picture, F_OK) != 0, access(paths.screen, F_OK) != 0 else { continue }
      do {
        try PNGFile.write(annotator.canvas, to: OutputFile(path: paths.picture, force: false))
        let file = try OutputFile(path: paths.screen, force: false)
        defer { file.close() }
        try file.write(Array(screen.utf8))
        return paths
      } catch .exists {
        continue
      }
    }
    preconditionFailure("there are always names left")
  }
}
