import CCairo
import Imaging
import Runtime

/// File formats for rendered images, by extension.
package enum PictureFormat: String, CaseIterable, Sendable {
  case png, svg, pdf

  package init?(path: String) {
    let name = path.split(separator: "/").last ?? ""
    guard name.contains("."), let ending = name.split(separator: ".").last?.lowercased() else {
      return nil
    }
    self.init(rawValue: ending)
  }

  /// - Parameters:
  ///   - width, height: pixels for PNG, points for SVG and PDF
  ///   - draw: starts on an empty page
  package func write(
    width: Double, height: Double, to file: OutputFile, _ draw: (Pen) -> Void
  ) throws(OutputError) {
    try file.write(bytes(width: width, height: height, draw))
    file.close()
  }

  /// What ``write(width:height:to:_:)`` writes.
  package func bytes(width: Double, height: Double, _ draw: (Pen) -> Void) -> [UInt8] {
    if self == .png {
      var image = Image(width: Int(width), height: Int(height))
      Pen.draw(on: &image, draw)
      return PNGFile.bytes(of: image)
    }
    var bytes: [UInt8] = []
    withUnsafeMutablePointer(to: &bytes) { bytes in
      let surface =
        self == .svg
        ? cairo_svg_surface_create_for_stream(appendToBytes, bytes, width, height)!
        : cairo_pdf_surface_create_for_stream(appendToBytes, bytes, width, height)!
      draw(Pen(surface))
      cairo_surface_finish(surface)
      cairo_surface_destroy(surface)
    }
    return bytes
  }
}
