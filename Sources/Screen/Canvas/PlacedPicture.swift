/// A picture in pixels at its place on the screen.
struct PlacedPicture: Equatable, Sendable {
  struct Label: Equatable, Sendable {
    var text: String
    var column: Int
    var row: Int
  }

  /// Cells
  var area: Area
  /// Of a cell, px
  var cellWidth: Int
  var cellHeight: Int
  var raster: Raster
  /// Text over the picture.
  var labels: [Label] = []
}
