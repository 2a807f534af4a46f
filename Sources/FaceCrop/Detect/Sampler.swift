import Imaging
import Kernels
import Layers

/// Brings a picture to the size and rotation that the detector looks at.
///
/// The picture is first reduced by the largest whole factor that leaves it no smaller than the look
/// (means of `n` x `n` pixels), then sampled bilinearly. Anything outside the picture is black. Dim
/// pictures are brightened.
struct Sampler {
  private let kernels: Kernels
  /// (height, width, 4) bytes
  private var reduced: [UInt8] = []

  init(_ kernels: KernelSet = .fastest) { self.kernels = kernels.pointer }

  /// Mean of green that dim pictures are brightened to, in grey levels; brighter pictures are left
  /// alone. Noise grows with the gain, so there is a limit.
  private static let dimLevel: Float = 60
  private static let largestGain: Float = 6

  /// Passes the rows of a look to `body`; they may only be read there.
  mutating func look(
    at image: Image, _ lookToFrame: SimilarityTransform, width: Int, _ body: (LookRows) -> Void
  ) {
    let kernels = kernels
    // A picture may be a single line, so `n` must not exceed its sides.
    let n = max(1, min(Int(lookToFrame.scale + 0.001), image.width, image.height))
    image.withUnsafeBytes { bytes in
      let picture = kernel_picture(
        pixels: bytes.bindMemory(to: UInt8.self).baseAddress!, row: image.bytesPerRow,
        width: Int32(image.width), height: Int32(image.height))
      let gain = Self.gain(of: picture)
      if n == 1 {
        body(LookRows(picture, lookToFrame, gain: gain, width: width, kernels))
      } else if n == 2, lookToFrame == SimilarityTransform(a: 2, b: 0, tx: 0, ty: 0) {
        body(LookRows(halving: picture, gain: gain, width: width, kernels))
      } else {
        reduce(picture, by: n) { reduced in
          let step = Float(n)
          let lookToReduced = SimilarityTransform(
            a: lookToFrame.a / step, b: lookToFrame.b / step, tx: lookToFrame.tx / step,
            ty: lookToFrame.ty / step)
          body(LookRows(reduced, lookToReduced, gain: gain, width: width, kernels))
        }
      }
    }
  }

  private mutating func reduce(
    _ picture: kernel_picture, by n: Int, _ body: (kernel_picture) -> Void
  ) {
    let (width, height) = (Int(picture.width) / n, Int(picture.height) / n)
    let kernels = kernels
    if reduced.count < width * height * 4 {
      reduced = [UInt8](repeating: 0, count: width * height * 4)
    }
    reduced.withUnsafeMutableBufferPointer { target in
      for y in 0..<height {
        kernels.pointee.reduce(
          picture.pixels + y * n * picture.row, picture.row, n,
          target.baseAddress! + y * width * 4, width)
      }
      body(
        kernel_picture(
          pixels: target.baseAddress!, row: width * 4, width: Int32(width), height: Int32(height)))
    }
  }

  /// The gain that makes a picture readable: 1 except for dim pictures.
  private static func gain(of picture: kernel_picture) -> Float {
    min(largestGain, max(1, dimLevel / max(1, brightness(picture))))
  }

  /// Mean of green over a grid of pixels.
  private static func brightness(_ picture: kernel_picture) -> Float {
    let (width, height) = (Int(picture.width), Int(picture.height))
    let step = max(1, min(width, height) / 48)
    var (sum, count) = (0, 0)
    for y in stride(from: step / 2, to: height, by: step) {
      let line = picture.pixels + y * picture.row + 1
      for x in stride(from: step / 2, to: width, by: step) {
        sum += Int(line[4 * x])
        count += 1
      }
    }
    return Float(sum) / Float(max(count, 1))
  }
}

/// The rows of a picture as a look sees it, computed on demand so that they never leave the
/// first-level cache.
struct LookRows {
  private enum Way {
    case copied(left: Int, top: Int)
    case halved
    case sampled(SimilarityTransform)
  }

  private var picture: kernel_picture
  private let way: Way
  private let gain: Float
  private let width: Int
  private let kernels: Kernels

  /// The means of 2x2 pixels.
  init(halving picture: kernel_picture, gain: Float, width: Int, _ kernels: Kernels) {
    (self.picture, way, self.gain, self.width) = (picture, .halved, gain, width)
    self.kernels = kernels
  }

  init(
    _ picture: kernel_picture, _ lookToPicture: SimilarityTransform, gain: Float, width: Int,
    _ kernels: Kernels
  ) {
    let isCopied = abs(lookToPicture.a - 1) < 1e-4 && abs(lookToPicture.b) < 1e-6
    way =
      isCopied
      ? .copied(left: Int(lookToPicture.tx), top: Int(lookToPicture.ty)) : .sampled(lookToPicture)
    (self.picture, self.gain, self.width, self.kernels) = (picture, gain, width, kernels)
  }

  /// Writes row `y`, (width, 3).
  func write(_ y: Int, to target: UnsafeMutablePointer<Float>) {
    switch way {
    case .copied(let left, let top):
      let columns = top + y < Int(picture.height) ? clamped(Int(picture.width) - left) : 0
      if columns > 0 {
        kernels.pointee.colors(
          picture.pixels + (top + y) * picture.row + 4 * left, gain, target, columns)
      }
      blacken(target, from: columns)
    case .halved:
      let columns = 2 * y + 1 < Int(picture.height) ? clamped(Int(picture.width) / 2) : 0
      if columns > 0 {
        let upper = picture.pixels + 2 * y * picture.row
        kernels.pointee.halve(upper, upper + picture.row, gain, target, columns)
      }
      blacken(target, from: columns)
    case .sampled(let lookToPicture):
      let start = lookToPicture(Point(0.5, Float(y) + 0.5)) - 0.5
      withUnsafePointer(to: picture) {
        kernels.pointee.sample(
          $0, start.x, start.y, lookToPicture.a, lookToPicture.b, gain, target, width)
      }
    }
  }

  private func clamped(_ columns: Int) -> Int { max(0, min(width, columns)) }

  private func blacken(_ target: UnsafeMutablePointer<Float>, from column: Int) {
    (target + 3 * column).update(repeating: 0, count: 3 * (width - column))
  }
}
