import CCairo
import Glibc
import Imaging
import Reading
import Runtime
import Theme

/// An annotated frame as a PNG file.
package enum Snapshot {
  /// Writes `emenet-YYYYMMDD-HHMMSS.png` in local time into `directory`, with a number behind it
  /// where that exists, and returns its path.
  package static func write(_ reading: FrameReading, directory: String = ".") throws(OutputError)
    -> String
  {
    var annotator = Annotator(
      frameWidth: reading.image.width, frameHeight: reading.image.height)
    annotator.draw(reading)
    let base = (directory == "." ? "" : directory + "/") + "emenet-" + timestamp()
    for attempt in 1... {
      let path = base + (attempt == 1 ? "" : "-\(attempt)") + ".png"
      do {
        try PNGFile.write(annotator.canvas, to: OutputFile(path: path, force: false))
        return path
      } catch .exists {
        continue
      }
    }
    preconditionFailure("there are always names left")
  }
}
