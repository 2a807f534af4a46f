import Imaging

/// What a face looks like, as far as it takes to know it again within seconds: an 8 x 8 thumbnail
/// of the aligned crop without its borders, luma and two colour differences, each with its mean
/// taken out of the luma and divided by its contrast. 192 numbers, about 10 µs; kept while the
/// tracker lives and never written anywhere.
struct Appearance: Equatable {
  private static let side = 8
  /// px of the crop that are left out at each side, and px per cell
  private static let margin = 16
  private static let cell = (AlignedCrop.side - 2 * margin) / side

  private var values: [Float]  // (3, 8, 8)

  init(_ crop: AlignedCrop) {
    let (side, cell, margin) = (Self.side, Self.cell, Self.margin)
    let plane = side * side
    values = [Float](repeating: 0, count: 3 * plane)
    for y in 0..<side * cell {
      for x in 0..<side * cell {
        let place = ((margin + y) * AlignedCrop.side + margin + x) * 3
        let red = Float(crop.pixels[place])
        let green = Float(crop.pixels[place + 1])
        let blue = Float(crop.pixels[place + 2])
        let luma = 0.299 * red + 0.587 * green + 0.114 * blue
        let index = y / cell * side + x / cell
        values[index] += luma
        values[plane + index] += blue - luma
        values[2 * plane + index] += red - luma
      }
    }
    let mean = values[..<plane].reduce(0, +) / Float(plane)
    let spread = values[..<plane].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(plane)
    let scale = 1 / max(spread.squareRoot(), 1)
    for index in 0..<plane { values[index] = (values[index] - mean) * scale }
    // Colour differences as shares of the light.
    for index in plane..<3 * plane { values[index] *= 4 / max(mean, 1) }
  }

  /// Goes a part of the way to a newer look of the same face.
  mutating func update(_ newer: Appearance, share: Float = 0.1) {
    for index in values.indices { values[index] += (newer.values[index] - values[index]) * share }
  }

  /// Root mean square difference.
  func distance(to other: Appearance) -> Float {
    let sum = zip(values, other.values).reduce(Float(0)) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
    }
    return (sum / Float(values.count)).squareRoot()
  }
}
