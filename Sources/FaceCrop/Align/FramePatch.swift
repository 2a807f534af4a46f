import Imaging
import Kernels
import Layers

/// The part of a picture under a crop, and how the crop is sampled from it.
///
/// A face larger than the crop would alias if the crop's pixels were single samples. The part under
/// the crop is therefore first reduced by the largest whole factor that leaves it no smaller than
/// the crop (means of `reduction` x `reduction` pixels). The remaining factor, below two, is
/// covered by the mean of four bilinear samples per pixel. This bounds the work for faces of any
/// size.
struct FramePatch {
  /// px of the picture per px of the patch along each axis
  private let reduction: Int
  /// px of the picture: the patch's top left corner
  private let left: Int
  private let top: Int
  /// px of the patch
  private let width: Int
  private let height: Int
  /// Maps px of the crop to px of the patch.
  private let cropToPatch: SimilarityTransform

  private static let kernels = KernelSet.fastest

  /// Beyond this a crop would hold a whole 8K picture in a corner. Only nonsensical input produces
  /// such transforms, and they may alias.
  private static let largestReduction = 64

  init?(of image: Image, under frameToCrop: SimilarityTransform) {
    guard let cropToFrame = frameToCrop.inverse, cropToFrame.scale.isFinite else { return nil }
    let side = Float(AlignedCrop.side)
    let corners = [Point(0, 0), Point(side, 0), Point(0, side), Point(side, side)]
    guard let cover = Rect(around: corners.map { cropToFrame($0) }),
      // Comparisons with NaN are false, so these let only finite places through.
      cover.x < Float(image.width), cover.x + cover.width > 0,
      cover.y < Float(image.height), cover.y + cover.height > 0,
      cover.width < 1e6, cover.height < 1e6
    else { return nil }

    reduction = min(max(1, Int(cropToFrame.scale / 1.25)), Self.largestReduction)
    // One extra px of the patch on each side: bilinear samples reach half a px beyond their place.
    let step = Float(reduction)
    left = Int((cover.x - step).rounded(.down))
    top = Int((cover.y - step).rounded(.down))
    width = Int((cover.width / step).rounded(.up)) + 4
    height = Int((cover.height / step).rounded(.up)) + 4
    cropToPatch = SimilarityTransform(
      a: cropToFrame.a / step, b: cropToFrame.b / step,
      tx: (cropToFrame.tx - Float(left)) / step, ty: (cropToFrame.ty - Float(top)) / step)
  }

  /// (112, 112, 3): rows, columns, then red, green, blue
  func pixels(of image: Image) -> [UInt8] {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width * height * 4) { patch in
      fill(patch, from: image)
      return [UInt8](unsafeUninitializedCapacity: AlignedCrop.side * AlignedCrop.side * 3) {
        pixels, count in
        if cropToPatch.scale > 1.05 {
          sample(
            patch,
            offsets: [Point(0.25, 0.25), Point(0.75, 0.25), Point(0.25, 0.75), Point(0.75, 0.75)],
            into: pixels)
        } else {
          sample(patch, offsets: [Point(0.5, 0.5)], into: pixels)
        }
        count = pixels.count
      }
    }
  }

  /// Writes the reduced picture, (height, width, 4) bytes, with border pixels repeated.
  private func fill(_ patch: UnsafeMutableBufferPointer<UInt8>, from image: Image) {
    let n = reduction
    // The columns and rows whose n x n pixels all lie inside the picture.
    func inner(_ start: Int, _ count: Int, _ limit: Int) -> Range<Int> {
      let first = min(count, max(0, (n - 1 - start) / n))
      return first..<max(first, min(count, (limit - start) / n))
    }
    let columns = inner(left, width, image.width)
    let rows = inner(top, height, image.height)
    image.withUnsafeBytes { bytes in
      let source = bytes.bindMemory(to: UInt8.self).baseAddress!
      for row in 0..<height {
        let target = patch.baseAddress! + row * width * 4
        func mean(_ column: Int) {
          var sum = SIMD4<UInt32>.zero
          for y in 0..<n {
            let line = min(max(top + row * n + y, 0), image.height - 1) * image.bytesPerRow
            for x in 0..<n {
              let place = min(max(left + column * n + x, 0), image.width - 1)
              sum &+= load(source + line + place * 4)
            }
          }
          let reciprocal = UInt32((1 << 24) / (n * n))
          store((sum &* reciprocal &+ (1 << 23)) &>> 24, to: target + column * 4)
        }
        guard rows.contains(row) || n == 1 else {
          for column in 0..<width { mean(column) }
          continue
        }
        for column in 0..<columns.lowerBound { mean(column) }
        let line = min(max(top + row * n, 0), image.height - 1) * image.bytesPerRow
        let first = source + line + (left + columns.lowerBound * n) * 4
        if n == 1 {
          (target + columns.lowerBound * 4).update(from: first, count: columns.count * 4)
        } else if !columns.isEmpty {
          Self.kernels.pointer.pointee.reduce(
            first, image.bytesPerRow, n, target + columns.lowerBound * 4, columns.count)
        }
        for column in columns.upperBound..<width { mean(column) }
      }
    }
  }

  /// Writes the means of the bilinear samples at `offsets` within each pixel of the crop.
  private func sample(
    _ patch: UnsafeMutableBufferPointer<UInt8>, offsets: [Point],
    into pixels: UnsafeMutableBufferPointer<UInt8>
  ) {
    // Places in 1/65536 px of the patch; a pixel's value lies at its centre.
    func fixed(_ value: Float) -> Int { Int((value * 65536).rounded()) }
    let step = kernel_place(x: fixed(cropToPatch.a), y: fixed(cropToPatch.b))
    withUnsafeTemporaryAllocation(of: kernel_place.self, capacity: offsets.count) { starts in
      for row in 0..<AlignedCrop.side {
        for (index, offset) in offsets.enumerated() {
          let place = cropToPatch(Point(offset.x, Float(row) + offset.y)) - 0.5
          starts[index] = kernel_place(x: fixed(place.x), y: fixed(place.y))
        }
        Self.kernels.pointer.pointee.crop(
          patch.baseAddress!, width * 4, starts.baseAddress!, offsets.count, step,
          pixels.baseAddress! + row * AlignedCrop.side * 3, AlignedCrop.side)
      }
    }
  }
}

@inline(__always)
private func load(_ pixel: UnsafePointer<UInt8>) -> SIMD4<UInt32> {
  SIMD4<UInt32>(
    truncatingIfNeeded: UnsafeRawPointer(pixel).loadUnaligned(as: SIMD4<UInt8>.self))
}

@inline(__always)
private func store(_ value: SIMD4<UInt32>, to pixel: UnsafeMutablePointer<UInt8>) {
  UnsafeMutableRawPointer(pixel).storeBytes(
    of: SIMD4<UInt8>(truncatingIfNeeded: value), as: SIMD4<UInt8>.self)
}
