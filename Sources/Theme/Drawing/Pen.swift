import CCairo
import Imaging

/// A Cairo context for one drawing. Lengths are in the user space of that context.
///
/// Cairo reference: https://www.cairographics.org/manual/cairo-cairo-t.html
package final class Pen {
  package let context: OpaquePointer

  package enum Alignment { case left, center, right }
  package enum Weight { case normal, bold }

  package init(_ surface: OpaquePointer) {
    context = cairo_create(surface)
    select(.normal)
  }

  deinit { cairo_destroy(context) }

  /// Of Cairo: "1.16.0"
  package static var libraryVersion: String { String(cString: cairo_version_string()) }

  /// Draws over the pixels of `image`; drawing is complete on return.
  package static func draw(on image: inout Image, _ body: (Pen) -> Void) {
    let (width, height, stride) = (image.width, image.height, image.bytesPerRow)
    image.withUnsafeMutableBytes { bytes in
      let surface = cairo_image_surface_create_for_data(
        bytes.baseAddress, CAIRO_FORMAT_RGB24, Int32(width), Int32(height), Int32(stride))!
      body(Pen(surface))
      cairo_surface_finish(surface)
      cairo_surface_destroy(surface)
    }
  }

  // MARK: State

  /// Restores the transform, clip and colour after running `body`.
  package func saved(_ body: () -> Void) {
    cairo_save(context)
    body()
    cairo_restore(context)
  }

  /// What follows is drawn on another page; of a PDF alone.
  package func newPage() { cairo_show_page(context) }

  package func translate(_ x: Double, _ y: Double) { cairo_translate(context, x, y) }

  package func scale(_ factor: Double) { cairo_scale(context, factor, factor) }

  func setColor(_ color: Color) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, color.opacity)
  }

  /// Clips until the end of the enclosing `saved`.
  package func clip(_ rect: Rect) {
    cairo_rectangle(
      context, Double(rect.x), Double(rect.y), Double(rect.width), Double(rect.height))
    cairo_clip(context)
  }

  // MARK: Shapes

  package func fill(_ rect: Rect, _ color: Color) {
    setColor(color)
    cairo_rectangle(
      context, Double(rect.x), Double(rect.y), Double(rect.width), Double(rect.height))
    cairo_fill(context)
  }

  func stroke(_ rect: Rect, _ color: Color, width: Double) {
    setColor(color)
    cairo_set_line_width(context, width)
    cairo_rectangle(
      context, Double(rect.x), Double(rect.y), Double(rect.width), Double(rect.height))
    cairo_stroke(context)
  }

  /// Fills `rect` with `color` and diagonal stripes, so that it differs from a plain one even
  /// without colour.
  package func fillStriped(_ rect: Rect, _ color: Color, stripes: Color, pitch: Double = 4) {
    guard rect.width > 0, rect.height > 0 else { return }
    fill(rect, color)
    saved {
      cairo_rectangle(
        context, Double(rect.x), Double(rect.y), Double(rect.width), Double(rect.height))
      cairo_clip(context)
      setColor(stripes)
      cairo_set_line_width(context, pitch * 0.4)
      let height = Double(rect.height)
      // Stripes lie on a fixed grid, so that they stay put when the ends of the bar move.
      var x = ((Double(rect.x) - height) / pitch).rounded(.down) * pitch
      while x < Double(rect.x + rect.width) {
        cairo_move_to(context, x, Double(rect.y) + height)
        cairo_line_to(context, x + height, Double(rect.y))
        x += pitch
      }
      cairo_stroke(context)
    }
  }

  package func line(_ points: [Point], _ color: Color, width: Double, closed: Bool = false) {
    guard let first = points.first else { return }
    setColor(color)
    cairo_set_line_width(context, width)
    cairo_move_to(context, Double(first.x), Double(first.y))
    for point in points.dropFirst() { cairo_line_to(context, Double(point.x), Double(point.y)) }
    if closed { cairo_close_path(context) }
    cairo_stroke(context)
  }

  package func dots(_ points: some Sequence<Point>, radius: Double, _ color: Color) {
    setColor(color)
    for point in points {
      cairo_new_sub_path(context)
      cairo_arc(context, Double(point.x), Double(point.y), radius, 0, 2 * .pi)
    }
    cairo_fill(context)
  }

  package func ring(_ center: Point, radius: Double, _ color: Color, width: Double) {
    setColor(color)
    cairo_set_line_width(context, width)
    cairo_new_sub_path(context)
    cairo_arc(context, Double(center.x), Double(center.y), radius, 0, 2 * .pi)
    cairo_stroke(context)
  }

  package func fillPolygon(_ points: [Point], _ color: Color) {
    guard let first = points.first else { return }
    setColor(color)
    cairo_move_to(context, Double(first.x), Double(first.y))
    for point in points.dropFirst() { cairo_line_to(context, Double(point.x), Double(point.y)) }
    cairo_fill(context)
  }

  // MARK: Text

  /// (x, y) is the left end, middle or right end of the baseline.
  package func text(
    _ text: String, _ x: Double, _ y: Double, size: Double, _ color: Color,
    weight: Weight = .normal, align: Alignment = .left
  ) {
    select(weight)
    cairo_set_font_size(context, size)
    let shift =
      switch align {
      case .left: 0.0
      case .center: width(text) / 2
      case .right: width(text)
      }
    setColor(color)
    cairo_move_to(context, x - shift, y)
    cairo_show_text(context, text)
  }

  /// How far `text` advances the pen.
  package func width(of text: String, size: Double, weight: Weight = .normal) -> Double {
    select(weight)
    cairo_set_font_size(context, size)
    return width(text)
  }

  private func width(_ text: String) -> Double {
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, text, &extents)
    return extents.x_advance
  }

  private func select(_ weight: Weight) {
    cairo_select_font_face(
      context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
      weight == .bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
  }

  // MARK: Pictures

  /// Draws `image`, scaled to fit `rect`.
  package func draw(_ image: Image, in rect: Rect) {
    image.withUnsafeBytes { bytes in
      // Cairo only reads a source surface.
      let surface = cairo_image_surface_create_for_data(
        UnsafeMutableRawPointer(mutating: bytes.baseAddress!).assumingMemoryBound(to: UInt8.self),
        CAIRO_FORMAT_RGB24, Int32(image.width), Int32(image.height), Int32(image.bytesPerRow))!
      saved {
        cairo_rectangle(
          context, Double(rect.x), Double(rect.y), Double(rect.width), Double(rect.height))
        cairo_clip(context)
        translate(Double(rect.x), Double(rect.y))
        cairo_scale(
          context, Double(rect.width) / Double(image.width),
          Double(rect.height) / Double(image.height))
        cairo_set_source_surface(context, surface, 0, 0)
        let pattern = cairo_get_source(context)
        let isSmaller = Double(rect.width) < Double(image.width)
        cairo_pattern_set_filter(pattern, isSmaller ? CAIRO_FILTER_GOOD : CAIRO_FILTER_BILINEAR)
        cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
        cairo_paint(context)
      }
      // Forces vector surfaces, which draw later, to copy the pixels that they refer to.
      cairo_surface_finish(surface)
      cairo_surface_destroy(surface)
    }
  }
}
