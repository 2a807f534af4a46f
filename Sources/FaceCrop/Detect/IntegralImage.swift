/// Sums of px and of their squares over everything above and to the left, so that the sum over any
/// rectangle takes four of them (Crow 1984).
///
/// Both wrap around; differences are right as long as a rectangle's own sum fits.
struct IntegralImage {
  /// Of the picture; there is one row and one column more of sums.
  let width: Int
  let height: Int
  /// From one row of sums to the next.
  let stride: Int
  let sums: UnsafeMutablePointer<Int32>
  let squares: UnsafeMutablePointer<Int32>

  /// Writes into memory of at least `(image.height + 1) * stride` numbers each.
  init(
    _ image: LumaImage, stride: Int, sums: UnsafeMutablePointer<Int32>,
    squares: UnsafeMutablePointer<Int32>
  ) {
    width = image.width
    height = image.height
    self.stride = stride
    self.sums = sums
    self.squares = squares
    sums.update(repeating: 0, count: width + 1)
    squares.update(repeating: 0, count: width + 1)
    image.pixels.withUnsafeBufferPointer { pixels in
      for y in 0..<height {
        let line = pixels.baseAddress! + y * width
        let above = y * stride
        var sum: Int32 = 0
        var square: Int32 = 0
        sums[above + stride] = 0
        squares[above + stride] = 0
        for x in 0..<width {
          let value = Int32(line[x])
          sum &+= value
          square &+= value &* value
          sums[above + stride + x + 1] = sums[above + x + 1] &+ sum
          squares[above + stride + x + 1] = squares[above + x + 1] &+ square
        }
      }
    }
  }
}
