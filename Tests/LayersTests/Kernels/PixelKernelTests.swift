import Kernels
import Testing

@testable import Layers

/// What fast kernels make of pixels against the plain ones, over rows with every kind of remainder.
/// Each output has a margin around it that a kernel must leave alone.
@Suite struct PixelKernelTests {
  static let fast = KernelSet.available.dropLast()
  private static let bytes: [UInt8] = {
    var state: UInt64 = 1
    return (0..<64 * 4 * 64).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }()
  private static let row = 64 * 4

  @Test(arguments: fast, [1, 1.7] as [Float]) func colorsAndHalve(set: KernelSet, gain: Float) {
    for pixels in 0...31 {
      compare(set, count: 3 * pixels, marker: 999 as Float, "colors, \(pixels) px") {
        $0.colors($1, gain, $2, pixels)
      }
      compare(set, count: 3 * pixels, marker: 999 as Float, "halve, \(pixels) px") {
        $0.halve($1, $1 + Self.row, gain, $2, pixels)
      }
    }
  }

  /// Lines that begin and end inside a picture of 40 x 30 px, on its border and outside.
  @Test(arguments: fast, [(1, 0), (0.7, 0.7), (-1.3, 0.4), (0, -1.1)] as [(Float, Float)])
  func sample(set: KernelSet, step: (Float, Float)) {
    for pixels in 0...31 {
      for start in stride(from: Float(-6.3), to: 46, by: 3.7) {
        compare(set, count: 3 * pixels, marker: 999 as Float, "\(pixels) px from \(start)") {
          kernels, x, y in
          var picture = kernel_picture(pixels: x, row: Self.row, width: 40, height: 30)
          kernels.sample(&picture, start, start * 0.8, step.0, step.1, 1.3, y, pixels)
        }
      }
    }
  }

  @Test(arguments: fast) func reduce(set: KernelSet) {
    for n in 1...5 {
      for pixels in 0...12 {
        compare(set, count: 4 * pixels, marker: 77 as UInt8, "\(pixels) px, \(n)") {
          $0.reduce($1, Self.row, n, $2, pixels)
        }
      }
    }
  }

  @Test(arguments: fast, [1, 4]) func crop(set: KernelSet, count: Int) {
    let starts = [(70000, 90001), (100_003, 90001), (70000, 120_007), (110_001, 130_000)].map {
      kernel_place(x: $0.0, y: $0.1)
    }
    for pixels in 0...31 {
      compare(set, count: 3 * pixels, marker: 77 as UInt8, "\(pixels) px") {
        $0.crop(
          $1, Self.row, starts, count, kernel_place(x: 81000, y: 5000), $2, pixels)
      }
    }
  }

  /// Runs `body` with the plain kernels and with `set` and compares what they wrote: numbers within
  /// a thousandth of a grey level.
  private func compare<Value: NearlyEquatable>(
    _ set: KernelSet, count: Int, marker: Value, _ what: String,
    body: (kernel_set, UnsafePointer<UInt8>, UnsafeMutablePointer<Value>) -> Void
  ) {
    let margin = 32
    let results = [KernelSet.available.last!, set].map { set in
      var y = [Value](repeating: marker, count: count + 2 * margin)
      y.withUnsafeMutableBufferPointer { y in
        Self.bytes.withUnsafeBufferPointer {
          body(set.pointer.pointee, $0.baseAddress!, y.baseAddress! + margin)
        }
      }
      return y
    }
    #expect(
      zip(results[0], results[1]).allSatisfy { $0.isNear($1) }, "\(set.name): \(what)")
    for edge in [results[1].prefix(margin), results[1].suffix(margin)] {
      #expect(edge.allSatisfy { $0 == marker }, "\(set.name): \(what) wrote beyond its output")
    }
  }
}

private protocol NearlyEquatable: Equatable {
  func isNear(_ other: Self) -> Bool
}

extension UInt8: NearlyEquatable {
  fileprivate func isNear(_ other: UInt8) -> Bool { self == other }
}

extension Float: NearlyEquatable {
  fileprivate func isNear(_ other: Float) -> Bool { abs(self - other) < 1e-3 }
}
