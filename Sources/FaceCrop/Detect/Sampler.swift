import Glibc
import Imaging
import Layers

/// Brings a picture to the size and turn that the detector looks at.
///
/// The picture is first reduced by the largest whole factor that leaves it no smaller than the look
/// (means of `n` x `n` pixels), then sampled bilinearly; what lies outside the picture is black.
/// Dim pictures are brightened.
struct Sampler {
  /// (height, width, 4) bytes, reduced
  private var reduced: [UInt8] = []

  /// Mean of the brightest channel that pictures are brightened to, grey levels; brighter ones are
  /// left alone. Noise grows with the light, so there is a limit.
  private static let dimLevel: Float = 60
  private static let largestGain: Float = 6

  /// - Parameters:
  ///   - input: as ``YuNet/Workspace/input``; its padding is 0 already
  ///   - row: floats from one row of `input` to the next
  mutating func fill(
    _ input: UnsafeMutablePointer<Float>, row: Int, _ size: MapSize, from image: Image,
    _ lookToFrame: SimilarityTransform
  ) {
    let n = max(1, Int(lookToFrame.scale + 0.001))
    let first = input + row + 3  // behind the padding
    image.withUnsafeBytes { bytes in
      var source = Source(
        pixels: bytes.baseAddress!, bytesPerRow: image.bytesPerRow, width: image.width,
        height: image.height)
      let gain = Self.gain(of: source)
      if n == 2, lookToFrame == SimilarityTransform(a: 2, b: 0, tx: 0, ty: 0) {
        return source.halve(to: first, row: row, size, gain)
      }
      if n > 1 {
        let (width, height) = (max(1, image.width / n), max(1, image.height / n))
        if reduced.count < width * height * 4 + 64 {
          reduced = [UInt8](repeating: 0, count: width * height * 4 + 64)
        }
        reduced.withUnsafeMutableBytes { target in
          Self.reduce(source, by: n, to: target.baseAddress!, width: width, height: height)
        }
      }
      reduced.withUnsafeBytes { bytes in
        var lookToSource = lookToFrame
        if n > 1 {
          let step = Float(n)
          source = Source(
            pixels: bytes.baseAddress!, bytesPerRow: max(1, image.width / n) * 4,
            width: max(1, image.width / n), height: max(1, image.height / n))
          lookToSource = SimilarityTransform(
            a: lookToFrame.a / step, b: lookToFrame.b / step, tx: lookToFrame.tx / step,
            ty: lookToFrame.ty / step)
        }
        if abs(lookToSource.a - 1) < 1e-4, abs(lookToSource.b) < 1e-6 {
          source.copy(
            to: first, row: row, size, left: Int(lookToSource.tx), top: Int(lookToSource.ty), gain)
        } else {
          source.sample(to: first, row: row, size, lookToSource, gain)
        }
      }
    }
  }

  /// What a picture is multiplied by to be read: 1 but for dim ones.
  private static func gain(of source: Source) -> Float {
    brightness(source).map { min(largestGain, max(1, dimLevel / max(1, $0))) } ?? 1
  }

  /// Mean of green over a grid of pixels.
  private static func brightness(_ source: Source) -> Float? {
    let step = max(1, min(source.width, source.height) / 48)
    var (sum, count) = (0, 0)
    for y in stride(from: step / 2, to: source.height, by: step) {
      let line = source.pixels + y * source.bytesPerRow
      for x in stride(from: step / 2, to: source.width, by: step) {
        sum += Int(line.load(fromByteOffset: 4 * x + 1, as: UInt8.self))
        count += 1
      }
    }
    return count > 0 ? Float(sum) / Float(count) : nil
  }

  private static func reduce(
    _ source: Source, by n: Int, to target: UnsafeMutableRawPointer, width: Int, height: Int
  ) {
    let reciprocal = UInt32((1 << 24) / (n * n))
    for y in 0..<height {
      let lines = source.pixels + min(y * n, source.height - 1) * source.bytesPerRow
      let output = target + y * width * 4
      for x in 0..<width {
        var sum = SIMD4<UInt32>.zero
        for j in 0..<min(n, source.height) {
          let line = lines + j * source.bytesPerRow + 4 * x * n
          for i in 0..<min(n, source.width) { sum &+= load(line + 4 * i) }
        }
        store((sum &* reciprocal &+ (1 << 23)) &>> 24, to: output + 4 * x)
      }
    }
  }
}

/// Pixels of four bytes: blue, green, red, unused.
private struct Source {
  var pixels: UnsafeRawPointer
  var bytesPerRow: Int
  var width: Int
  var height: Int

  /// Pixel by pixel, from (`left`, `top`).
  func copy(
    to target: UnsafeMutablePointer<Float>, row: Int, _ size: MapSize, left: Int, top: Int,
    _ gain: Float
  ) {
    let columns = max(0, min(size.width, width - left))
    for y in 0..<size.height {
      let output = target + y * row
      guard top + y < height else {
        output.update(repeating: 0, count: 3 * size.width)
        continue
      }
      let line = pixels + (top + y) * bytesPerRow + 4 * left
      for x in 0..<columns { write(floats(line + 4 * x) * gain, to: output + 3 * x) }
      (output + 3 * columns).update(repeating: 0, count: 3 * (size.width - columns))
    }
  }

  /// Half the size, each pixel the mean of four.
  func halve(to target: UnsafeMutablePointer<Float>, row: Int, _ size: MapSize, _ gain: Float) {
    let (columns, rows) = (min(size.width, width / 2), min(size.height, height / 2))
    for y in 0..<rows {
      let output = target + y * row
      let upper = pixels + 2 * y * bytesPerRow
      for x in 0..<columns {
        let sum = pair(upper + 8 * x) &+ pair(upper + bytesPerRow + 8 * x)
        let four = SIMD4<Int32>(truncatingIfNeeded: sum.lowHalf &+ sum.highHalf)
        write(SIMD4<Float>(four) * (gain / 4), to: output + 3 * x)
      }
      (output + 3 * columns).update(repeating: 0, count: 3 * (size.width - columns))
    }
    for y in rows..<size.height {
      (target + y * row).update(repeating: 0, count: 3 * size.width)
    }
  }

  /// Bilinear.
  func sample(
    to target: UnsafeMutablePointer<Float>, row: Int, _ size: MapSize,
    _ lookToSource: SimilarityTransform, _ gain: Float
  ) {
    for y in 0..<size.height {
      let output = target + y * row
      let start = lookToSource(Point(0.5, Float(y) + 0.5)) - 0.5
      for x in 0..<size.width {
        let place = start + Float(x) * Point(lookToSource.a, lookToSource.b)
        guard place.x > -1, place.y > -1, place.x < Float(width), place.y < Float(height) else {
          write(.zero, to: output + 3 * x)
          continue
        }
        let (px, py) = (max(0, place.x), max(0, place.y))
        let (left, top) = (Int(px), Int(py))
        let (right, below) = (min(left + 1, width - 1), min(top + 1, height - 1))
        let (shareX, shareY) = (px - Float(left), py - Float(top))
        let (upper, lower) = (pixels + top * bytesPerRow, pixels + below * bytesPerRow)
        let a = floats(upper + 4 * left)
        let b = floats(upper + 4 * right)
        let c = floats(lower + 4 * left)
        let d = floats(lower + 4 * right)
        let above = a + (b - a) * shareX
        let under = c + (d - c) * shareX
        write((above + (under - above) * shareY) * gain, to: output + 3 * x)
      }
    }
  }
}

@inline(__always)
private func load(_ pixel: UnsafeRawPointer) -> SIMD4<UInt32> {
  SIMD4<UInt32>(truncatingIfNeeded: pixel.loadUnaligned(as: SIMD4<UInt8>.self))
}

@inline(__always)
private func store(_ value: SIMD4<UInt32>, to pixel: UnsafeMutableRawPointer) {
  pixel.storeBytes(of: SIMD4<UInt8>(truncatingIfNeeded: value), as: SIMD4<UInt8>.self)
}

@inline(__always)
private func floats(_ pixel: UnsafeRawPointer) -> SIMD4<Float> {
  SIMD4<Float>(SIMD4<Int32>(truncatingIfNeeded: pixel.loadUnaligned(as: SIMD4<UInt8>.self)))
}

/// Two neighbours.
@inline(__always)
private func pair(_ pixels: UnsafeRawPointer) -> SIMD8<UInt16> {
  SIMD8<UInt16>(truncatingIfNeeded: pixels.loadUnaligned(as: SIMD8<UInt8>.self))
}

/// Values are at most 255, as the network knows them. A fourth number is written behind the three;
/// the next pixel, or the next row's padding, takes its place.
@inline(__always)
private func write(_ value: SIMD4<Float>, to target: UnsafeMutablePointer<Float>) {
  var color = pointwiseMin(value, SIMD4(repeating: 255))
  color.w = 0
  UnsafeMutableRawPointer(target).storeBytes(of: color, as: SIMD4<Float>.self)
}
