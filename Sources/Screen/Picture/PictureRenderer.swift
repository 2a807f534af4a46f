import Imaging
import Runtime
import Theme

/// Keeps libchafa's canvas from one picture to the next.
final class PictureRenderer: Sendable {
  static let shared = PictureRenderer()

  private let canvas = Locked<PictureCanvas?>(nil)

  private func draw<R>(
    _ raster: Raster, _ kind: PictureCanvas.Kind, _ body: (PictureCanvas) -> R
  ) -> R {
    canvas.withLock { canvas in
      let present = canvas.flatMap { $0.kind == kind ? $0 : nil } ?? PictureCanvas(kind)
      canvas = present
      present.draw(raster)
      return body(present)
    }
  }

  /// (rows, columns)
  func cells(
    _ raster: Raster, columns: Int, rows: Int, _ blocks: Glyphs.Blocks, hasColors: Bool
  ) -> [Canvas.Cell] {
    let kind = PictureCanvas.Kind(
      columns: columns, rows: rows, output: .symbols(blocks, hasColors: hasColors))
    return draw(raster, kind) { canvas in
      (0..<rows).flatMap { row in
        (0..<columns).map { column in
          let symbol = canvas.symbol(column, row)
          return Canvas.Cell(
            glyph: symbol.glyph,
            style: hasColors
              ? Style(ink: Ink(coarse: symbol.ink), ground: Ink(coarse: symbol.ground)) : .muted)
        }
      }
    }
  }

  func sequence(
    _ picture: PlacedPicture, _ pixels: PixelProtocol, _ terminal: OpaquePointer
  ) -> [UInt8] {
    let kind = PictureCanvas.Kind(
      columns: picture.area.columns, rows: picture.area.rows,
      output: .pixels(pixels, width: picture.cellWidth, height: picture.cellHeight))
    return draw(picture.raster, kind) { $0.sequence(for: terminal) }
  }
}

extension Ink {
  /// Five bits per colour, so that invisible differences are not sent.
  fileprivate init(coarse color: UInt32) {
    self = .rgb(
      UInt8(color >> 16 & 0xf8), UInt8(color >> 8 & 0xf8), UInt8(color & 0xf8))
  }

  init(coarse pixel: Pixel) {
    self = .rgb(pixel.red & 0xf8, pixel.green & 0xf8, pixel.blue & 0xf8)
  }
}
