import Imaging

/// A grey picture, one byte a pixel, rows without gaps.
struct LumaImage: Sendable {
  let width: Int
  let height: Int
  /// (height, width)
  private(set) var pixels: [UInt8]

  init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "a byte for each pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// BT.601 luma of `image`, each pixel the mean of `reduction` x `reduction`; what is left over at
  /// the right and the bottom is cut off. nil where nothing is left.
  init?(_ image: Image, reduction: Int) {
    let (width, height) = (image.width / reduction, image.height / reduction)
    guard width > 0, height > 0 else { return nil }
    self.init(
      width: width, height: height,
      pixels: [UInt8](unsafeUninitializedCapacity: width * height) { pixels, count in
        image.withUnsafeBytes { bytes in
          Self.reduce(
            bytes.baseAddress!, bytesPerRow: image.bytesPerRow, reduction: reduction, width: width,
            height: height, into: pixels.baseAddress!)
        }
        count = width * height
      })
  }

  private static func reduce(
    _ source: UnsafeRawPointer, bytesPerRow: Int, reduction n: Int, width: Int, height: Int,
    into target: UnsafeMutablePointer<UInt8>
  ) {
    let reciprocal = UInt32((1 << 24) / (n * n))
    // Sums of n luma values of a column, for as many columns as the picture uses.
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: (width * n + 7) & ~7) { column in
      let column = column.baseAddress!
      for row in 0..<height {
        for y in 0..<n {
          let line = source + (row * n + y) * bytesPerRow
          // Rows are padded to 64 bytes, so whole vectors may be read.
          for x in stride(from: 0, to: width * n, by: 8) {
            let value = luma(line.loadUnaligned(fromByteOffset: x * 4, as: SIMD8<UInt32>.self))
            let sums = UnsafeMutableRawPointer(column + x)
            let sum = y == 0 ? value : sums.loadUnaligned(as: SIMD8<UInt16>.self) &+ value
            sums.storeBytes(of: sum, as: SIMD8<UInt16>.self)
          }
        }
        let output = target + row * width
        switch n {
        case 1: for x in 0..<width { output[x] = UInt8(truncatingIfNeeded: column[x]) }
        case 2:
          for x in 0..<width {
            output[x] = UInt8(truncatingIfNeeded: (column[2 * x] &+ column[2 * x + 1] &+ 2) >> 2)
          }
        default:
          for x in 0..<width {
            var sum: UInt32 = 0
            for i in 0..<n { sum &+= UInt32(column[x * n + i]) }
            output[x] = UInt8(truncatingIfNeeded: (sum &* reciprocal &+ (1 << 23)) >> 24)
          }
        }
      }
    }
  }

  /// (29 B + 150 G + 77 R) / 256 of eight pixels.
  @inline(__always)
  private static func luma(_ pixels: SIMD8<UInt32>) -> SIMD8<UInt16> {
    // Blue and red lie in the low and the high half of a pixel and are weighted at once: 16-bit
    // products are what every x86-64 has.
    let mask = SIMD8<UInt32>(repeating: 0x00ff_00ff)
    let weights = SIMD8<UInt32>(repeating: 77 << 16 | 29)
    let blueRed =
      unsafeBitCast(pixels & mask, to: SIMD16<UInt16>.self)
      &* unsafeBitCast(weights, to: SIMD16<UInt16>.self)
    let green =
      unsafeBitCast((pixels &>> 8) & 0xff, to: SIMD16<UInt16>.self) &* 150
    let both = unsafeBitCast(blueRed, to: SIMD8<UInt32>.self)
    let sum =
      (both & 0xffff) &+ (both &>> 16) &+ unsafeBitCast(green, to: SIMD8<UInt32>.self) &+ 128
    return SIMD8<UInt16>(truncatingIfNeeded: sum &>> 8)
  }

  /// Half the size, each pixel the mean of four.
  func halved() -> LumaImage? {
    let (width, height) = (width / 2, height / 2)
    guard width > 0, height > 0 else { return nil }
    let bytesPerRow = self.width
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height) { target, count in
      self.pixels.withUnsafeBufferPointer { source in
        for y in 0..<height {
          let upper = source.baseAddress! + 2 * y * bytesPerRow
          let lower = upper + bytesPerRow
          let output = target.baseAddress! + y * width
          for x in 0..<width {
            let sum =
              UInt16(upper[2 * x]) &+ UInt16(upper[2 * x + 1]) &+ UInt16(lower[2 * x])
              &+ UInt16(lower[2 * x + 1])
            output[x] = UInt8(truncatingIfNeeded: (sum &+ 2) >> 2)
          }
        }
      }
      count = width * height
    }
    return LumaImage(width: width, height: height, pixels: pixels)
  }

  /// The pixels at multiples of `step` px, bilinear; for steps below two, so that little aliases.
  func resized(width: Int, height: Int, step: Float) -> LumaImage {
    // Places in 1/256 px.
    func places(_ count: Int, _ limit: Int) -> [(first: Int, share: UInt32)] {
      (0..<count).map { index in
        let place = max(0, (Float(index) + 0.5) * step - 0.5)
        let first = min(Int(place), limit - 2)
        return (first, UInt32(min(place - Float(first), 1) * 256))
      }
    }
    guard self.width > 1, self.height > 1 else {
      return LumaImage(
        width: width, height: height,
        pixels: [UInt8](repeating: pixels[0], count: width * height))
    }
    let across = places(width, self.width)
    let down = places(height, self.height)
    let resized = [UInt8](unsafeUninitializedCapacity: width * height) { target, count in
      pixels.withUnsafeBufferPointer { source in
        across.withUnsafeBufferPointer { across in
          for y in 0..<height {
            let upper = source.baseAddress! + down[y].first * self.width
            let lower = upper + self.width
            let below = down[y].share
            let output = target.baseAddress! + y * width
            for x in 0..<width {
              let (first, right) = across[x]
              let left = 256 &- right
              let top = UInt32(upper[first]) &* left &+ UInt32(upper[first + 1]) &* right
              let bottom = UInt32(lower[first]) &* left &+ UInt32(lower[first + 1]) &* right
              output[x] = UInt8(
                truncatingIfNeeded: (top &* (256 &- below) &+ bottom &* below &+ 32768) >> 16)
            }
          }
        }
      }
      count = width * height
    }
    return LumaImage(width: width, height: height, pixels: resized)
  }

  /// Turned about its centre by `rotation` radians and cut to what lay in the picture, the rest
  /// mid-grey; `turnedToSelf` takes px of the result to px of this picture.
  func turned(by rotation: Float) -> (image: LumaImage, turnedToSelf: SimilarityTransform) {
    let upright = SimilarityTransform(moving: .zero, to: .zero, rotation: rotation, scale: 1)
    let (w, h) = (Float(width), Float(height))
    let cover = Rect(
      around: [Point(0, 0), Point(w, 0), Point(0, h), Point(w, h)].map { upright($0) })!
    let back = SimilarityTransform(
      moving: Point(cover.width / 2, cover.height / 2), to: Point(w / 2, h / 2),
      rotation: -rotation, scale: 1)
    let (outWidth, outHeight) = (max(1, Int(cover.width)), max(1, Int(cover.height)))
    // Places in 1/65536 px.
    func fixed(_ value: Float) -> Int { Int((value * 65536).rounded()) }
    let (stepX, stepY) = (fixed(back.a), fixed(back.b))
    let turned = [UInt8](unsafeUninitializedCapacity: outWidth * outHeight) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<outHeight {
          let start = back(Point(0.5, Float(row) + 0.5)) - 0.5
          var (x, y) = (fixed(start.x), fixed(start.y))
          for column in 0..<outWidth {
            let (left, top) = (x >> 16, y >> 16)
            if left >= 0, left < width - 1, top >= 0, top < height - 1 {
              let corner = source.baseAddress! + top * width + left
              let (right, below) = ((x >> 8) & 255, (y >> 8) & 255)
              let upper = Int(corner[0]) * (256 - right) + Int(corner[1]) * right
              let lower = Int(corner[width]) * (256 - right) + Int(corner[width + 1]) * right
              target[row * outWidth + column] = UInt8(
                truncatingIfNeeded: (upper * (256 - below) + lower * below + 32768) >> 16)
            } else {
              target[row * outWidth + column] = 128
            }
            x += stepX
            y += stepY
          }
        }
      }
      count = outWidth * outHeight
    }
    return (LumaImage(width: outWidth, height: outHeight, pixels: turned), back)
  }
}
