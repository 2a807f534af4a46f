import CChafa
import Imaging
import Theme

/// What shows a part of a picture in one cell.
struct PictureSymbol {
  /// Pixels across and down by which a cell's symbol is chosen.
  static let size = 8

  var glyph: Unicode.Scalar
  var ink: Pixel
  var ground: Pixel
}

/// Turns pictures into what a terminal shows, with libchafa: cells with symbols in two colours, or
/// a sequence that shows pixels.
///
/// `@unchecked Sendable`: used by one thread at a time, under the lock of its owner.
final class PictureCanvas: @unchecked Sendable {
  /// What a canvas is made for.
  struct Kind: Equatable {
    var columns: Int
    var rows: Int
    var output: Output
  }

  enum Output: Equatable {
    /// - Parameter hasColors: two of many colours for each cell; otherwise the terminal's own
    case symbols(Glyphs.Blocks, hasColors: Bool)
    /// - Parameter width, height: of a cell, px
    case pixels(PixelProtocol, width: Int, height: Int)
  }

  let kind: Kind
  private let canvas: OpaquePointer

  init(_ kind: Kind) {
    self.kind = kind
    // The preview is small, and the other cores have faces to read.
    chafa_set_n_threads(1)
    let config = chafa_canvas_config_new()!
    defer { chafa_canvas_config_unref(config) }
    chafa_canvas_config_set_geometry(config, gint(kind.columns), gint(kind.rows))
    switch kind.output {
    case .symbols(let blocks, let hasColors):
      chafa_canvas_config_set_pixel_mode(config, CHAFA_PIXEL_MODE_SYMBOLS)
      chafa_canvas_config_set_canvas_mode(
        config, hasColors ? CHAFA_CANVAS_MODE_TRUECOLOR : CHAFA_CANVAS_MODE_FGBG)
      chafa_canvas_config_set_fg_color(config, 0xffffff)
      chafa_canvas_config_set_bg_color(config, 0)
      chafa_canvas_config_set_preprocessing_enabled(config, 0)
      // Dots mixed by the eye are the only tones that two colours have.
      if !hasColors { chafa_canvas_config_set_dither_mode(config, CHAFA_DITHER_MODE_DIFFUSION) }
      chafa_canvas_config_set_work_factor(config, 0.5)
      let map = chafa_symbol_map_new()!
      defer { chafa_symbol_map_unref(map) }
      for tags in Self.tags(blocks, hasColors) { chafa_symbol_map_add_by_tags(map, tags) }
      chafa_canvas_config_set_symbol_map(config, map)
    case .pixels(let pixels, let width, let height):
      chafa_canvas_config_set_pixel_mode(
        config, pixels == .kitty ? CHAFA_PIXEL_MODE_KITTY : CHAFA_PIXEL_MODE_SIXELS)
      chafa_canvas_config_set_canvas_mode(config, CHAFA_CANVAS_MODE_TRUECOLOR)
      chafa_canvas_config_set_cell_geometry(config, gint(width), gint(height))
      chafa_canvas_config_set_work_factor(config, 0.2)
    }
    canvas = chafa_canvas_new(config)
  }

  deinit { chafa_canvas_unref(canvas) }

  private static func tags(
    _ blocks: Glyphs.Blocks, _ hasColors: Bool
  ) -> [ChafaSymbolTags] {
    switch blocks {
    case .none: [CHAFA_SYMBOL_TAG_ASCII]
    case .halves: [CHAFA_SYMBOL_TAG_SPACE, CHAFA_SYMBOL_TAG_SOLID, CHAFA_SYMBOL_TAG_HALF]
    case .quadrants where !hasColors: [CHAFA_SYMBOL_TAG_SPACE, CHAFA_SYMBOL_TAG_BRAILLE]
    case .quadrants:
      [
        CHAFA_SYMBOL_TAG_SPACE, CHAFA_SYMBOL_TAG_SOLID, CHAFA_SYMBOL_TAG_HALF,
        CHAFA_SYMBOL_TAG_QUAD, CHAFA_SYMBOL_TAG_BLOCK,
      ]
    }
  }

  func draw(_ raster: Raster) {
    raster.pixels.withUnsafeBytes {
      chafa_canvas_draw_all_pixels(
        canvas, CHAFA_PIXEL_RGBA8_UNASSOCIATED, $0.bindMemory(to: UInt8.self).baseAddress,
        gint(raster.width), gint(raster.height), gint(4 * raster.width))
    }
  }

  /// The symbol at a place and its colours.
  func symbol(_ column: Int, _ row: Int) -> PictureSymbol {
    var (ink, ground): (gint, gint) = (0, 0)
    chafa_canvas_get_colors_at(canvas, gint(column), gint(row), &ink, &ground)
    let glyph = chafa_canvas_get_char_at(canvas, gint(column), gint(row))
    /// 0xRRGGBB, negative for none
    func pixel(_ color: gint) -> Pixel {
      let color = UInt32(max(0, color))
      return Pixel(
        red: UInt8(color >> 16 & 255), green: UInt8(color >> 8 & 255), blue: UInt8(color & 255))
    }
    return PictureSymbol(
      glyph: Unicode.Scalar(glyph) ?? " ", ink: pixel(ink), ground: pixel(ground))
  }

  /// What shows the pixels at the cursor.
  func sequence(for terminal: OpaquePointer) -> [UInt8] {
    guard let text = chafa_canvas_print(canvas, terminal) else { return [] }
    defer { g_string_free(text, 1) }
    return text.pointee.str.withMemoryRebound(to: UInt8.self, capacity: Int(text.pointee.len)) {
      Array(UnsafeBufferPointer(start: $0, count: Int(text.pointee.len)))
    }
  }
}
