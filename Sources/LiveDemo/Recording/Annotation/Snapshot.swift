import CCairo
import Glibc
import Imaging

/// An annotated frame as a PNG file.
enum Snapshot {
  /// Writes `emenet-YYYYMMDD-HHMMSS.png` in local time into `directory`, with a number behind it
  /// where that exists, and returns its path.
  static func write(_ reading: FrameReading, directory: String = ".") throws(OutputError) -> String
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

/// Local time as in file names: `20261124-093000`
func timestamp() -> String {
  var now = Glibc.time(nil)
  var local = tm()
  localtime_r(&now, &local)
  var text = [CChar](repeating: 0, count: 32)
  let count = strftime(&text, text.count, "%Y%m%d-%H%M%S", &local)
  return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

enum PNGFile {
  static func write(_ image: Image, to file: OutputFile) throws(OutputError) {
    var bytes: [UInt8] = []
    let status = image.withUnsafeBytes { pixels in
      // Cairo only reads the surface.
      let surface = cairo_image_surface_create_for_data(
        UnsafeMutableRawPointer(mutating: pixels.baseAddress!).assumingMemoryBound(to: UInt8.self),
        CAIRO_FORMAT_RGB24, Int32(image.width), Int32(image.height), Int32(image.bytesPerRow))
      defer { cairo_surface_destroy(surface) }
      return withUnsafeMutablePointer(to: &bytes) { bytes in
        cairo_surface_write_to_png_stream(surface, appendToBytes, bytes)
      }
    }
    precondition(status == CAIRO_STATUS_SUCCESS, "memory for a PNG")
    try file.write(bytes)
    file.close()
  }
}

/// For Cairo's streams: `closure` points to the `[UInt8]` that grows.
let appendToBytes: cairo_write_func_t = { closure, data, count in
  let bytes = closure!.assumingMemoryBound(to: [UInt8].self)
  bytes.pointee.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
  return CAIRO_STATUS_SUCCESS
}
