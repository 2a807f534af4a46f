import CCairo
import Inference

/// Accuracy over confidence: on the diagonal, probabilities mean what they say.
struct ReliabilityPlot {
  let bins: [Calibration.Bin]
  private static let size = 480.0
  private static let margin = 60.0

  /// SVG, PDF or, by any other name, PNG.
  func write(to path: String) throws(OutputError) {
    let size = Self.size
    let isPNG = !path.hasSuffix(".svg") && !path.hasSuffix(".pdf")
    let surface =
      path.hasSuffix(".svg")
      ? cairo_svg_surface_create(path, size, size)
      : path.hasSuffix(".pdf")
        ? cairo_pdf_surface_create(path, size, size)
        : cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(size), Int32(size))
    defer { cairo_surface_destroy(surface) }
    let context = cairo_create(surface)
    draw(context)
    cairo_destroy(context)
    var status = isPNG ? cairo_surface_write_to_png(surface, path) : CAIRO_STATUS_SUCCESS
    cairo_surface_finish(surface)
    if status == CAIRO_STATUS_SUCCESS { status = cairo_surface_status(surface) }
    guard status == CAIRO_STATUS_SUCCESS else { throw .notWritable(path: path, code: 5) }
  }

  private func draw(_ context: OpaquePointer?) {
    let (size, margin) = (Self.size, Self.margin)
    let side = size - margin - 20
    func x(_ value: Double) -> Double { margin + value * side }
    func y(_ value: Double) -> Double { size - margin - value * side }
    func text(_ words: String, _ x: Double, _ y: Double, centred: Bool = true) {
      var extents = cairo_text_extents_t()
      cairo_text_extents(context, words, &extents)
      cairo_move_to(context, x - (centred ? extents.width / 2 : extents.width), y)
      cairo_show_text(context, words)
    }
    cairo_set_source_rgb(context, 1, 1, 1)
    cairo_paint(context)
    cairo_select_font_face(
      context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, 13)
    let width = 1 / Double(bins.count)
    let most = Double(bins.map(\.count).max() ?? 1)
    for (index, bin) in bins.enumerated() where bin.count > 0 {
      // The fuller a bin, the darker its column.
      cairo_set_source_rgba(context, 0.13, 0.4, 0.67, 0.25 + 0.75 * Double(bin.count) / most)
      cairo_rectangle(
        context, x(Double(index) * width) + 1, y(bin.accuracy), side * width - 2,
        bin.accuracy * side)
      cairo_fill(context)
    }
    cairo_set_source_rgb(context, 0.2, 0.2, 0.2)
    cairo_set_line_width(context, 1)
    cairo_rectangle(context, x(0), y(1), side, side)
    cairo_move_to(context, x(0), y(0))
    cairo_line_to(context, x(1), y(1))
    cairo_stroke(context)
    for (value, words) in [(0, "0"), (0.5, "0.5"), (1, "1")] {
      text(words, x(value), y(0) + 20)
      text(words, x(0) - 8, y(value) + 5, centred: false)
    }
    let error = Calibration.expectedError(bins)
    text("confidence", x(0.5), y(0) + 42)
    text("expected calibration error \((error * 1000).rounded() / 1000)", x(0.4), y(1) + 20)
    cairo_save(context)
    cairo_translate(context, 20, y(0.5))
    cairo_rotate(context, -.pi / 2)
    text("accuracy", 0, 0)
    cairo_restore(context)
  }
}
