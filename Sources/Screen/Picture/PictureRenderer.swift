import Imaging
import Runtime
import Theme

/// Keeps libchafa's canvas from one picture to the next, and what was drawn last: the bars move
/// more often than the picture changes.
final class PictureRenderer: Sendable {
  static let shared = PictureRenderer()

  private struct State {
    var canvas: PictureCanvas?
    var scaled: (image: Image, isMirrored: Bool, raster: Raster)?
    var drawn: (raster: Raster, kind: PictureCanvas.Kind, cells: [Canvas.Cell])?

    mutating func draw(_ raster: Raster, _ kind: PictureCanvas.Kind) -> PictureCanvas {
      let present = canvas.flatMap { $0.kind == kind ? $0 : nil } ?? PictureCanvas(kind)
      canvas = present
      present.draw(raster)
      return present
    }
  }

  private let state = Locked(State())

  func raster(_ image: Image, width: Int, height: Int, isMirrored: Bool) -> Raster {
    state.withLock { state in
      if let last = state.scaled, last.image.isCopy(of: image), last.isMirrored == isMirrored,
        last.raster.width == width, last.raster.height == height
      {
        return last.raster
      }
      let raster = Raster(image, width: width, height: height, isMirrored: isMirrored)
      state.scaled = (image, isMirrored, raster)
      return raster
    }
  }

  /// (rows, columns)
  func cells(
    _ raster: Raster, columns: Int, rows: Int, _ blocks: Glyphs.Blocks, hasColors: Bool
  ) -> [Canvas.Cell] {
    let kind = PictureCanvas.Kind(
      columns: columns, rows: rows, output: .symbols(blocks, hasColors: hasColors))
    return state.withLock { state in
      if let last = state.drawn, last.kind == kind, last.raster == raster { return last.cells }
      let canvas = state.draw(raster, kind)
      let cells = (0..<rows).flatMap { row in
        (0..<columns).map { column in
          let symbol = canvas.symbol(column, row)
          return Canvas.Cell(
            glyph: symbol.glyph,
            style: hasColors
              ? Style(ink: Ink(coarse: symbol.ink), ground: Ink(coarse: symbol.ground)) : .muted)
        }
      }
      state.drawn = (raster, kind, cells)
      return cells
    }
  }

  func sequence(
    _ picture: PlacedPicture, _ pixels: PixelProtocol, _ terminal: OpaquePointer
  ) -> [UInt8] {
    let kind = PictureCanvas.Kind(
      columns: picture.area.columns, rows: picture.area.rows,
      output: .pixels(pixels, width: picture.cellWidth, height: picture.cellHeight))
    return state.withLock { $0.draw(picture.raster, kind).sequence(for: terminal) }
  }
}

extension Ink {
  /// Five bits per colour, so that invisible differences are not sent.
  init(coarse pixel: Pixel) {
    self = .rgb(pixel.red & 0xf8, pixel.green & 0xf8, pixel.blue & 0xf8)
  }
}
