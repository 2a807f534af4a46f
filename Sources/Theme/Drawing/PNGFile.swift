import CCairo
import Imaging
import Runtime

package enum PNGFile {
  package static func write(_ image: Image, to file: OutputFile) throws(OutputError) {
    try file.write(bytes(of: image))
    file.close()
  }

  static func bytes(of image: Image) -> [UInt8] {
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
    return bytes
  }
}

/// Write function for Cairo's streams; `closure` points to the `[UInt8]` to append to.
let appendToBytes: cairo_write_func_t = { closure, data, count in
  let bytes = closure!.assumingMemoryBound(to: [UInt8].self)
  bytes.pointee.append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
  return CAIRO_STATUS_SUCCESS
}
